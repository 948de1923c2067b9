// Where the daemon's log goes, and what a person who reads along is told of it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

test('under a service manager no file is written: the journal has the lines', () => {
  const read: string[] = []
  const host = realHost({ env: { TRASEAI_HOME: home, JOURNAL_STREAM: '8:1', INVOCATION_ID: 'a1' } })
  const { log } = openDaemonLog(host, (line) => void read.push(line))
  log.info({}, 'one')
  expect(sentences(read)).toEqual(['one'])
  expect(existsSync(host.paths.logs)).toBe(false)
})
