// What launchd writes of a job's standard error, kept from growing by each start of the gateway.
import { mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { realHost } from '../../src/host.ts'
import { trimStandardErrors } from '../../src/service/launchd/trim-standard-errors.ts'

let logs = ''
let home = ''

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'stderr-'))
  logs = join(home, 'logs')
  mkdirSync(logs)
})

const start = (label = 'ai.traseai.gateway'): void =>
  trimStandardErrors(realHost({ env: { TRASEAI_HOME: home, XPC_SERVICE_NAME: label } }))
const lay = (name: string, bytes: number): void => writeFileSync(join(logs, name), Buffer.alloc(bytes, 'x'))
const size = (name: string): number => statSync(join(logs, name)).size

it('cuts what has grown over a mebibyte, of both jobs, and leaves what is small', () => {
  lay('gateway.stderr.log', 1_048_577)
  lay('auth-monitor.stderr.log', 4_096)
  start()
  expect([size('gateway.stderr.log'), size('auth-monitor.stderr.log')]).toEqual([0, 4_096])
  lay('auth-monitor.stderr.log', 2_000_000)
  start()
  expect(size('auth-monitor.stderr.log')).toBe(0)
})

it('touches nothing where launchd has not started it', () => {
  lay('gateway.stderr.log', 2_000_000)
  start('0')
  expect(size('gateway.stderr.log')).toBe(2_000_000)
})

it('follows no link, and misses nothing that is not there', () => {
  writeFileSync(join(home, 'precious'), Buffer.alloc(2_000_000))
  symlinkSync(join(home, 'precious'), join(logs, 'gateway.stderr.log'))
  start()
  expect(statSync(join(home, 'precious')).size).toBe(2_000_000)
})
