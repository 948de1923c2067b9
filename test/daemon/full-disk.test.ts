// A home without room: the gateway serves on, ends when it is told to, and a start says why it cannot be.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { cleanEnvironment, freshHome, programPath, startGateway } from '../support/gateway-process.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'

/** A home of three megabytes. */
async function smallHome(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-full-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true })) // after the disk itself has gone
  mountSmallDisk(directory, '3m')
  const template = await freshHome()
  cpSync(template, directory, { recursive: true })
  rmSync(template, { recursive: true, force: true })
  return directory
}

/** Takes all the space that is left. */
function fill(home: string): void {
  const ballast = join(home, 'ballast')
  expect(() => {
    for (;;) writeFileSync(ballast, Buffer.alloc(4_096), { flag: 'a' })
  }).toThrow('ENOSPC')
}

itOnSmallDisk('a gateway whose disk is full ends when it is told to', async () => {
  const gateway = await startGateway({ home: await smallHome() })
  await gateway.client.call('clients.issue', { name: 'editor' })
  fill(gateway.home)
  await expect(gateway.stop()).resolves.toEqual({ code: 0, signal: null })
  expect(await gateway.logs()).toContain('did not close in good order')
})

itOnSmallDisk('a start that the full disk stops half-way says so and ends', async () => {
  const home = await smallHome()
  const first = await startGateway({ home })
  await first.client.call('clients.issue', { name: 'editor' })
  first.client.close()
  await first.kill9() // leaves -wal and -shm in place, so that opening needs no room, but the first event does
  fill(home)
  const { status, stderr } = spawnSync(process.execPath, [programPath, 'gateway', 'run'], {
    env: cleanEnvironment(home),
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect(stderr).toContain('disk is full')
  expect(status).toBe(73)
})
