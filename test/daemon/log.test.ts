// Where the daemon's log goes, and what a person who reads along is told of it.
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openDaemonLog } from '../../src/daemon/log.ts'
import { realHost } from '../../src/host.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'traseai-log-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
})

const sentences = (lines: readonly string[]): unknown[] =>
  lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)

test('a log file that cannot be written costs its lines, and whoever reads along is told once', () => {
  writeFileSync(join(home, 'logs'), 'in the way')
  const read: string[] = []
  const { log, flush } = openDaemonLog(realHost({ env: { TRASEAI_HOME: home } }), (line) => void read.push(line))
  log.info({}, 'one')
  flush()
  log.info({}, 'two')
  flush()
  expect(sentences(read)).toEqual(['one', 'the log file cannot be opened', 'two'])
})

test('the last words of a process are in the file', () => {
  const host = realHost({ env: { TRASEAI_HOME: home } })
  const { log, flush } = openDaemonLog(host)
  log.error({ code: 7 }, 'last words')
  flush()
  expect(JSON.parse(readFileSync(host.paths.gatewayLog, 'utf8'))).toMatchObject({
    level: 'error',
    code: 7,
    msg: 'last words',
  })
})

test.each([
  ['debug', ['call', 'ready']],
  ['info', ['ready']],
  ['loud', ['ready']],
])('TRASEAI_LOG_LEVEL=%s makes the log hold: %j', (level, held) => {
  const read: string[] = []
  const host = realHost({ env: { TRASEAI_HOME: home, TRASEAI_LOG_LEVEL: level } })
  const { log } = openDaemonLog(host, (line) => void read.push(line))
  log.debug({}, 'call')
  log.info({}, 'ready')
  expect(sentences(read)).toEqual(held)
})

/** A log whose stream the journal reads; a file stands in for it. */
function openJournalLog(onLine?: (line: string) => void) {
  const file = join(home, 'journal')
  const stream = openSync(file, 'a')
  onTestFinished(() => closeSync(stream))
  const { dev, ino } = statSync(file)
  const host = realHost({ env: { TRASEAI_HOME: home, JOURNAL_STREAM: `${dev}:${ino}` } })
  return { log: openDaemonLog(host, onLine, stream), host, journal: () => readFileSync(file, 'utf8') }
}

test('the journal gets each line once, with its priority and without a time, and no file is written', () => {
  const { log, host, journal } = openJournalLog(() => expect.unreachable())
  log.log.info({ pid: 7, http: 'http://127.0.0.1:7717' }, 'the gateway is ready')
  log.log.warn({ error: 'no such "file"\n<3>forged' }, 'a file is gone')
  log.log.error({}, 'the end')
  log.flush()
  expect(journal()).toBe(
    '<6>the gateway is ready pid=7 http=http://127.0.0.1:7717\n' +
      '<4>a file is gone error="no such \\"file\\"\\n<3>forged"\n' +
      '<3>the end\n',
  )
  expect(existsSync(host.paths.logs)).toBe(false)
})

test('the journal gets requests, too, and of very many no more than leaves room for other lines', () => {
  const { log, journal } = openJournalLog()
  const line =
    '{"level":"info","time":"2026-01-01T00:00:00.000Z","provider":"openai","status":200,"msg":"model request"}\n'
  log.append(Buffer.from(line.repeat(100)), 100)
  log.flush()
  const lines = journal().trimEnd().split('\n')
  expect(lines).toHaveLength(21)
  expect(lines[0]).toBe('<6>model request provider=openai status=200')
  expect(lines[20]).toBe('<6>further model requests, too many to read along requests=80')
})

test('what ends the gateway is told to the journal by whoever reports it, not twice', () => {
  const { log, journal } = openJournalLog()
  log.endReading()
  log.log.error({}, 'the gateway could not go on')
  log.flush()
  expect(journal()).toBe('')
})

test('a variable that a program has inherited does not make its own stream the one of the journal', () => {
  const read: string[] = []
  const host = realHost({ env: { TRASEAI_HOME: home, JOURNAL_STREAM: '8:1', INVOCATION_ID: 'a1' } })
  const { log, flush } = openDaemonLog(host, (line) => void read.push(line))
  log.info({}, 'one')
  flush()
  expect(sentences(read)).toEqual(['one'])
  expect(readFileSync(host.paths.gatewayLog, 'utf8')).toContain('one')
})
