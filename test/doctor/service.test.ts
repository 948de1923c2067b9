// The doctor on a service that was installed and has aged since.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { unitFiles } from '../../src/service/systemd/fill-units.ts'
import { programPath, projectRoot } from '../support/gateway-process.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { examinedHome, type ExaminedHome } from './examined-home.ts'

const itOnLinux = skipUnless(process.platform === 'linux', 'Linux')

interface Installed extends ExaminedHome {
  /** What the check says; the remark on linger is left out. */
  said(): Promise<readonly unknown[]>
  edit(name: string, from: string, to: string): Promise<void>
}

async function installedHome(): Promise<Installed> {
  const home = examinedHome()
  const user = examinedHome()
  const units = user.path('.config/systemd/user')
  mkdirSync(units, { recursive: true })
  const socket = home.path('control.sock')
  const plan = { scope: 'user', node: process.execPath, program: programPath, home: home.home, socket } as const
  const files = await unitFiles(projectRoot, { ...plan, http: '127.0.0.1:7717', runAs: null, monitor: true })
  for (const { name, text } of files) writeFileSync(join(units, name), text)
  return {
    ...home,
    async said() {
      const found = await home.ask('service_installed', { env: { HOME: user.home }, runsIn: 'gateway' })
      return found
        .filter(({ message }) => !/linger|keeps \(/.test(message))
        .map(({ severity, message, hint }) => [severity, message, hint])
    },
    async edit(name, from, to) {
      const { text = '' } = files.find((file) => file.name === name) ?? {}
      writeFileSync(join(units, name), text.replace(from, to))
    },
  }
}

const hint = 'traseai gateway install'

describe('a service that install wrote', () => {
  itOnLinux('is well as long as it is what install would write', async () => {
    expect(await (await installedHome()).said()).toEqual([])
  })

  itOnLinux('is out of date when another version would write another unit', async () => {
    const { edit, said } = await installedHome()
    await edit('traseai.service', 'Restart=on-failure', 'Restart=no')
    expect(await said()).toEqual([
      ['warning', expect.stringMatching(/^traseai\.service in .* is not what this version would write$/), hint],
    ])
  })

  itOnLinux('cannot be started again when its Node or its program is gone', async () => {
    const { edit, said } = await installedHome()
    await edit('traseai.service', process.execPath, '/home/me/.nvm/versions/node/v20.1.0/bin/node')
    expect(await said()).toEqual([
      ['error', expect.stringContaining('v20.1.0/bin/node, which is not there any more'), hint],
    ])
  })

  itOnLinux('holds another address than traseai.json says', async () => {
    const { write, said } = await installedHome()
    write('traseai.json', '{ "gateway": { "port": 7800 } }')
    expect(await said()).toEqual([
      ['warning', 'systemd holds 127.0.0.1:7717 for the gateway, but traseai.json says 127.0.0.1:7800', hint],
    ])
  })

  itOnLinux('of somebody else is not judged', async () => {
    const { edit, said } = await installedHome()
    await edit('traseai.service', '# Written by: traseai gateway install', '# my own')
    expect(await said()).toMatchObject([['ok', expect.stringContaining('written by somebody else'), undefined]])
  })
})
