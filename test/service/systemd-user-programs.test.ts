// Programs of references in a service of one user: they get what the user has, and what the user gives away is what the page says.
import { chmod, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { connectGateway } from '../../src/client/connect.ts'
import { projectRoot } from '../support/gateway-process.ts'
import { itWithSystemd, openSystemdLab, type SystemdLab } from '../support/systemd-lab.ts'
import { type InstalledService, ofUser, serviceIn } from './installed-service.ts'

/** Stands for the group that 1Password's `op` belongs to, by which its app knows it. */
const group = 'only-of-a-set-group-id-program'
const provider = ['--provider', 'anthropic'] as const

let lab: SystemdLab
let service: InstalledService
beforeAll(async () => {
  lab = await openSystemdLab()
  service = serviceIn(lab, ofUser)
  await lab.get(['groupadd', group])
  await lab.get(['cp', '/usr/bin/id', '/usr/local/bin/as-which-group'])
  await lab.get(['chgrp', group, '/usr/local/bin/as-which-group'])
  await lab.get(['chmod', '2755', '/usr/local/bin/as-which-group'])
  await writeFile(lab.outside('/usr/local/bin/plain'), '#!/bin/sh\necho a-secret-that-a-plain-program-gives\n')
  await chmod(lab.outside('/usr/local/bin/plain'), 0o755)
  await service.traseai(['gateway', 'install'])
})
afterAll(() => lab.close())

async function secretOf(reference: string): Promise<string | undefined> {
  const added = await service.traseai([
    'models',
    'auth',
    'add-reference',
    reference,
    ...provider,
    '--profile-id',
    'looked-up',
  ])
  if (added.status !== 0) throw new Error(added.stderr)
  const client = await connectGateway({
    socketPath: lab.outside(`${ofUser.home}/control.sock`),
    platform: process.platform,
  })
  const { candidates } = await client.call('credentials.resolve', { provider: 'anthropic', reveal: true })
  client.close()
  return candidates.find(({ profileId }) => profileId === 'anthropic:looked-up')?.secret
}

describe('programs of references, in a service of one user', () => {
  itWithSystemd('have the group that they are given, as op needs it', async () => {
    expect(await secretOf('exec:/usr/local/bin/as-which-group -gn')).toBe(group)
  })

  itWithSystemd('reach the desktop by the addresses of its session', async () => {
    const environment = await lab.get(['cat', `/proc/${await service.mainPid()}/environ`])
    expect(environment).toMatch(/XDG_RUNTIME_DIR=\/run\/user\/\d+\0/)
  })

  itWithSystemd('do without that group where the sandbox of the page is added, and plain ones work', async () => {
    const page = readFileSync(join(projectRoot, 'docs/sandbox.md'), 'utf8')
    const [, sandbox = ''] = /```ini\n(.*?)```/s.exec(page) ?? []
    await service.dropIn('traseai.service', sandbox)
    await service.systemctl('restart', 'traseai.service')
    expect(await lab.get(['cat', `/proc/${await service.mainPid()}/status`])).toMatch(/^NoNewPrivs:\t1$/m)
    expect(await secretOf('exec:/usr/local/bin/as-which-group -gn')).toBe('dora')
    expect(await secretOf('exec:/usr/local/bin/plain')).toBe('a-secret-that-a-plain-program-gives')
  })
})
