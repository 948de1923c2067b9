// The master key as a credential of systemd: it lies in no file that the gateway's user may read, and what is missing is said.
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { connectGateway } from '../../src/client/connect.ts'
import { itWithSystemd, openSystemdLab, type SystemdLab } from '../support/systemd-lab.ts'
import { type InstalledService, ofMachine, serviceIn } from './installed-service.ts'

const key = 'sk-ant-test-abcdefghijklmnopqrstuvwxyz-1234'
const credential = '/etc/credstore/traseai-master-key'

let lab: SystemdLab
let service: InstalledService
beforeAll(async () => {
  lab = await openSystemdLab()
  service = serviceIn(lab, ofMachine)
  await lab.get(['mkdir', '-p', '-m', '0700', '/etc/credstore', '/etc/credstore.encrypted'])
  await lab.get(['sh', '-c', `umask 077; openssl rand -base64 32 > ${credential}`])
  await service.traseai(['gateway', 'install', '--system'])
  await service.writeConfiguration({ vault: { keeper: 'systemd' } })
  await service.systemctl('restart', 'traseai.service')
})
afterAll(() => lab.close())

/** As a program that asks for it gets it; undefined when the vault cannot open it. */
async function storedKey(): Promise<string | undefined> {
  const socketPath = lab.outside(`${ofMachine.home}/control.sock`)
  const client = await connectGateway({ socketPath, platform: process.platform })
  const { candidates } = await client.call('credentials.resolve', { provider: 'anthropic', reveal: true })
  client.close()
  return candidates[0]?.secret
}

describe('the master key as a credential of systemd', () => {
  itWithSystemd('seals what is stored', async () => {
    const stored = await service.traseai(['models', 'auth', 'paste-api-key', '--provider', 'anthropic'], {
      input: `${key}\n`,
    })
    expect(stored).toMatchObject({ status: 0 })
    expect((await service.traseai(['vault', 'status'])).stdout).toContain('keeper   systemd')
    expect(await lab.run(['ls', '/var/lib/traseai/vault.key'])).toMatchObject({ status: 2 })
    expect(await storedKey()).toBe(key)
  })

  itWithSystemd('opens it again after a restart', async () => {
    await service.systemctl('restart', 'traseai.service')
    expect(await storedKey()).toBe(key)
  })

  itWithSystemd('may be encrypted to the machine', async () => {
    const encrypted = '/etc/credstore.encrypted/traseai-master-key'
    await lab.get(['systemd-creds', 'encrypt', '--name=traseai-master-key', credential, encrypted])
    await lab.get(['rm', credential])
    await service.dropIn('traseai.service', '[Service]\nLoadCredentialEncrypted=traseai-master-key\n')
    await service.systemctl('restart', 'traseai.service')
    expect(await storedKey()).toBe(key)
  })

  itWithSystemd('is asked for in words when it is gone', async () => {
    await lab.get(['rm', '/etc/credstore.encrypted/traseai-master-key'])
    await service.systemctl('restart', 'traseai.service')
    expect(await storedKey()).toBeUndefined()
    const status = await service.traseai(['vault', 'status'])
    expect(status).toMatchObject({ status: 78 })
    expect(status.stdout).toContain('the systemd credential traseai-master-key is not there')
    expect(status.stderr).toContain('hint: start the gateway as the service that has it')
  })
})
