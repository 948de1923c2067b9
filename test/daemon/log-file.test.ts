// The log file on a real disk: what is kept of it, and what happens when it cannot be written.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type LogFile, openLogFile } from '../../src/daemon/log-file.ts'
import { realHost } from '../../src/host.ts'
import { until } from '../support/until.ts'

const host = realHost()
let logs: string
let path: string
let failures: string[]
let lost: number[]
let file: LogFile

beforeEach(() => {
  const home = mkdtempSync(join(tmpdir(), 'traseai-log-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  logs = join(home, 'logs')
  path = join(logs, 'gateway.log')
  failures = []
  lost = []
  file = openLogFile({
    host,
    path,
    bytesMax: 20,
    onFailure: (_error, what) => failures.push(what),
    onLost: (lines) => lost.push(lines),
  })
})

/** Written at once, so that a test can look. */
const write = (...lines: readonly string[]): void => {
  for (const line of lines) file.write(`${line}\n`)
  file.flush()
}
const text = (name: string): string => readFileSync(join(logs, name), 'utf8')

describe('the log file', () => {
  it('and its directory are for their owner alone', () => {
    write('one')
    expect([statSync(logs).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600])
  })

  it('gets its lines in their order, a moment after they were told', async () => {
    const lines = Array.from({ length: 100 }, (_, index) => `${index}`)
    for (const line of lines) file.write(`${line}\n`)
    expect(readdirSync(join(logs, '..'))).toEqual([])
    const written = (): string =>
      ['gateway.log.1', 'gateway.log'].map((name) => (existsSync(join(logs, name)) ? text(name) : '')).join('')
    await until(() => written().endsWith('99\n'))
    expect(lines.join('\n')).toContain(written().trim())
  })

  it('is appended to, also when it was there before', () => {
    mkdirSync(logs)
    writeFileSync(path, 'earlier\n')
    write('one', 'two')
    expect(text('gateway.log')).toBe('earlier\none\ntwo\n')
  })

  it('is moved aside before it gets too large, and one older file is kept', () => {
    write('first 1234567890', 'second 12345')
    expect(text('gateway.log.1')).toBe('first 1234567890\n')
    write('third', 'fourth')
    expect(text('gateway.log.1')).toBe('second 12345\nthird\n')
    expect(text('gateway.log')).toBe('fourth\n')
    expect(readdirSync(logs).toSorted()).toEqual(['gateway.log', 'gateway.log.1'])
    expect(failures).toEqual([])
  })

  it('counts bytes, not characters', () => {
    write('ééééééééé', 'x')
    expect(text('gateway.log.1')).toBe('ééééééééé\n')
  })

  it('that somebody removed is begun anew when it would have been moved', () => {
    write('first 1234567890')
    rmSync(logs, { recursive: true })
    write('second')
    expect(text('gateway.log')).toBe('second\n')
    expect(failures).toEqual([])
  })

  it('that cannot be moved aside grows on, which is said once', () => {
    mkdirSync(join(logs, 'gateway.log.1'), { recursive: true })
    const lines = Array.from({ length: 9 }, (_, index) => `line ${index} 1234567890`)
    write(...lines)
    expect(text('gateway.log')).toBe(`${lines.join('\n')}\n`)
    expect(failures).toEqual(['the log file cannot be moved aside and grows on'])
  })

  it('that cannot be opened is said once, and its lines wait until it can', async () => {
    writeFileSync(logs, 'in the way')
    write('first', 'second')
    expect(failures).toEqual(['the log file cannot be opened'])
    rmSync(logs)
    file.write('third\n')
    await until(() => existsSync(path) && text('gateway.log') === 'first\nsecond\nthird\n')
    expect(failures).toHaveLength(1)
  })

  it('that something removes is begun anew, without losing a line that comes later', async () => {
    let nowMs = 0
    const patient = openLogFile({
      host: { ...host, monotonicMs: () => nowMs },
      path,
      bytesMax: 1_000,
      onFailure: (_error, what) => failures.push(what),
      onLost: (lines) => lost.push(lines),
    })
    patient.write('before\n')
    await until(() => existsSync(path) && text('gateway.log') === 'before\n')
    rmSync(path)
    nowMs += 5_000
    patient.write('after\n')
    await until(() => existsSync(path) && text('gateway.log') === 'after\n')
    expect(failures).toEqual([])
  })

  it('takes four megabytes while the disk is busy, and says afterwards how many lines were lost', async () => {
    const large = openLogFile({
      host,
      path,
      bytesMax: 1e9,
      onFailure: () => undefined,
      onLost: (lines) => lost.push(lines),
    })
    const block = `${'x'.repeat(99)}\n`.repeat(10_000)
    for (let i = 0; i < 6; i++) large.write(block, 10_000)
    expect(large.linesLost()).toBe(20_000)
    await until(() => lost.length > 0)
    expect(lost).toEqual([20_000])
    expect(statSync(path).size).toBe(4_000_000)
  })
})
