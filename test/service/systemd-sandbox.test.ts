// The machine's service in its sandbox: everything that the gateway does works there, and what it has no business with does not.
import { existsSync } from 'node:fs'
import { chmod, copyFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { connectGateway, type GatewayClient } from '../../src/client/connect.ts'
import { claudeFolder } from '../support/claude-lab.ts'
import { projectRoot } from '../support/gateway-process.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { canHaveLab, itWithSystemd, openSystemdLab, type SystemdLab } from '../support/systemd-lab.ts'
import { until } from '../support/until.ts'
import { type InstalledService, ofMachine, serviceIn, startStandIn } from './installed-service.ts'

const itWithClaude = skipUnless(
  canHaveLab && existsSync(claudeFolder),
  'a systemd lab, and Claude Code: bash .ci/claude-code.sh',
)
const hosts = [
  'llm.example.test',
  'platform.claude.com',
  'api.anthropic.com',
  'claude.ai',
  'claude.com',
  'console.anthropic.com',
]

let lab: SystemdLab
let service: InstalledService
let client: GatewayClient
beforeAll(async () => {
  lab = await openSystemdLab()
  service = serviceIn(lab, ofMachine)
  await makeCertificate()
  await writeFile(lab.outside('/etc/resolv.conf'), 'nameserver 127.0.0.1\n')
  await startStandIn(lab, 'service/programs/dns-stand-in.mjs')
  await startStandIn(lab, 'service/programs/provider-stand-in.mjs', '8443', '/root/key.pem', '/root/certificate.pem')
  await startStandIn(lab, 'login/programs/sign-in-service.mjs', '/root')
  await service.traseai(['gateway', 'install', '--system'])
  await bringClaude()
  await service.dropIn('traseai.service', '[Service]\nEnvironment=NODE_EXTRA_CA_CERTS=/etc/lab.pem\n')
  const openai = { baseUrl: 'https://llm.example.test:8443' }
  await service.writeConfiguration({ models: { providers: { openai } } })
  await service.systemctl('restart', 'traseai.service')
  client = await connectGateway({
    socketPath: lab.outside(`${ofMachine.home}/control.sock`),
    platform: process.platform,
  })
})
afterAll(async () => {
  client?.close()
  await lab.close()
})

/** Its own authority. */
async function makeCertificate(): Promise<void> {
  const names = hosts.map((host) => `DNS:${host}`).join(',')
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/root/key.pem']
  const subject = ['-subj', '/CN=providers of a test', '-addext', `subjectAltName=${names}`]
  await lab.get(['openssl', 'req', '-x509', ...key, ...subject, '-days', '2', '-out', '/root/certificate.pem'])
  await lab.get(['cp', '/root/certificate.pem', '/etc/lab.pem'])
}

/** Where the service can see it, as a global installation is. */
async function bringClaude(): Promise<void> {
  if (!existsSync(claudeFolder)) return
  await lab.get(['mkdir', '/opt/claude'])
  await lab.get(['mount', '--bind', `${claudeFolder}/node_modules`, '/opt/claude'])
  await lab.get(['ln', '-s', '/opt/claude/.bin/claude', '/usr/local/bin/claude'])
}

describe('the service of the machine, in its sandbox', () => {
  itWithSystemd('finds providers by name and talks to them over TLS', async () => {
    await service.traseai(['env', 'set', 'OPENAI_API_KEY'], {
      input: 'sk-test-abcdefghijklmnopqrstuvwxyzabcdefghijkl-1234\n',
    })
    const answer = await service.traseai(['chat', '--model', 'openai/gpt-5'], { input: 'hello?\n' })
    expect(answer.stdout).toBe('hello from here\n')
  })

  itWithClaude('signs in with claude, which gets a terminal', async () => {
    const { loginId } = await client.call('login.start', { provider: 'anthropic', method: 'setup-token' })
    const progress = (): ReturnType<typeof client.call<'login.get'>> => client.call('login.get', { loginId })
    await until(async () => (await progress()).state !== 'starting')
    const { url = '' } = await progress()
    await client.call('login.submit', { loginId, code: `from-elsewhere#${new URL(url).searchParams.get('state')}` })
    await until(async () => !['waiting_for_code', 'checking'].includes((await progress()).state))
    const list = await service.traseai(['models', 'auth', 'list'])
    expect(list.stdout).toMatch(/anthropic:default +token/)
  })

  itWithSystemd('makes a backup, which can be restored', async () => {
    await writeFile(lab.outside('/root/passphrase'), 'seven words that nobody else would choose\n', { mode: 0o600 })
    const passphrase = ['--passphrase-file', '/root/passphrase']
    expect(await service.traseai(['backup', ...passphrase, '/root/home.age'])).toMatchObject({ status: 0 })
    expect(await service.traseai(['restore', '--check', ...passphrase, '/root/home.age'])).toMatchObject({ status: 0 })
  })

  itWithSystemd('leaves doctor nothing to complain about', async () => {
    await lab.get(['chown', '--reference=/var/lib/traseai/.env', '/var/lib/traseai/traseai.json'])
    await lab.get(['chmod', '0600', '/var/lib/traseai/traseai.json'])
    expect(await service.traseai(['doctor'])).toMatchObject({
      status: 0,
      stdout: expect.not.stringContaining('error') as string,
    })
  })

  itWithSystemd('runs the programs of references, which can do as little as it can itself', async () => {
    const program = lab.outside('/usr/local/bin/look-around')
    await copyFile(`${projectRoot}/test/service/programs/look-around.sh`, program)
    await chmod(program, 0o755)
    await service.traseai([
      'models',
      'auth',
      'add-reference',
      'exec:/usr/local/bin/look-around',
      '--provider',
      'google',
    ])
    const { candidates } = await client.call('credentials.resolve', { provider: 'google', reveal: true })
    expect(candidates[0]?.secret).toBe('write-home,unix-socket,done-looking-around')
  })

  itWithSystemd('has no privileges and no way to any', async () => {
    const status = await lab.get(['cat', `/proc/${await service.mainPid()}/status`])
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(status).toMatch(/^Seccomp:\t2$/m)
    expect(status).toMatch(/^CapBnd:\t0000000000000000$/m)
  })
})
