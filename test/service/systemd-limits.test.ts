// What a service may take of the machine, and what nobody may take of it: memory, cores, the process's own memory.
import { chmod, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { skipUnless } from '../support/skip-unless.ts'
import { itWithSystemd, layoutThatLimitsMemory, openSystemdLab, type SystemdLab } from '../support/systemd-lab.ts'
import { type InstalledService, ofMachine, ofUser, serviceIn } from './installed-service.ts'

const layout = layoutThatLimitsMemory()
const itWithLimits = skipUnless(layout !== null, 'a systemd lab, and a machine that limits memory')

describe.each([ofUser, ofMachine])('$title', (kind) => {
  let lab: SystemdLab
  let service: InstalledService
  beforeAll(async () => {
    lab = await openSystemdLab(layout ?? 'unified')
    service = serviceIn(lab, kind)
    await service.traseai(['gateway', 'install', ...kind.install])
  })
  afterAll(() => lab.close())

  itWithSystemd('leaves no core, and has room for many connections', async () => {
    const limits = await lab.get(['cat', `/proc/${await service.mainPid()}/limits`])
    expect(limits).toMatch(/^Max core file size +0 +0 /m)
    // A container may have less to give.
    expect(await service.property('LimitNOFILE')).toBe('65536')
    expect(await service.property('MemoryMax')).toBe(String(2 ** 30))
  })

  itWithSystemd('shows its memory and environment to no other program of its user', async () => {
    const account = kind.account
    const reader = ['setpriv', `--reuid=${account}`, `--regid=${account}`, '--clear-groups', 'cat'] as const
    const read = await lab.run([...reader, `/proc/${await service.mainPid()}/environ`])
    expect(read).toMatchObject({ status: 1, stdout: '' })
  })
})

describe('a service with little memory', () => {
  let lab: SystemdLab
  let service: InstalledService
  beforeAll(async () => {
    lab = await openSystemdLab(layout ?? 'unified')
    service = serviceIn(lab, ofMachine)
    await service.traseai(['gateway', 'install', ...ofMachine.install])
    await service.dropIn('traseai.service', '[Service]\nMemoryMax=200M\n')
    await service.systemctl('restart', 'traseai.service')
  })
  afterAll(() => lab.close())

  itWithLimits('goes on when a program that it runs takes too much: that one alone is ended', async () => {
    const pid = await service.mainPid()
    const program = lab.outside('/usr/local/bin/greedy')
    await writeFile(program, '#!/bin/sh\nexec python3 -c "x = bytearray(400_000_000); print(len(x))"\n')
    await chmod(program, 0o755)
    const add = ['models', 'auth', 'add-reference', 'exec:/usr/local/bin/greedy', '--provider', 'anthropic']
    expect(await service.traseai(add)).toMatchObject({
      status: 69,
      stderr: expect.stringContaining('ended with SIGKILL') as string,
    })
    expect(await service.mainPid()).toBe(pid)
    expect(await service.property('ActiveState')).toBe('active')
  })
})
