// Signing in over the control socket and by the command: who may hand in a code, who hears of it, and what ends it.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayClient } from '../../src/client/connect.ts'
import type { LoginState } from '../../src/domain/login.ts'
import type { NotificationParams } from '../../src/protocol/contract.ts'
import { startWithCli, type CliWithGateway } from '../cli/with-gateway.ts'
import { until } from '../support/until.ts'
import { installStandIn, processesOf } from './stand-in.ts'

const token = `sk-ant-oat01-test-${'Made_up-'.repeat(10)}-madeupAA`
const setupToken = { provider: 'anthropic', method: 'setup-token' } as const
const command = ['models', 'auth', 'setup-token', '--provider', 'anthropic'] as const

let folder: string
let cli: CliWithGateway
const opened: GatewayClient[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traseai-socket-'))
  mkdirSync(join(folder, 'bin'))
  installStandIn(join(folder, 'bin'), 'refuses', folder)
  cli = await startWithCli({ env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` } })
})
afterEach(() => {
  for (const client of opened.splice(0)) client.close()
})
afterAll(async () => {
  await cli.gateway.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A further connection, and what it was told. */
async function connect(): Promise<{ client: GatewayClient; told: NotificationParams<'login.changed'>[] }> {
  const client = await cli.gateway.connect()
  opened.push(client)
  const told: NotificationParams<'login.changed'>[] = []
  client.onNotification('login.changed', (step) => told.push(step))
  return { client, told }
}

async function reaches(loginId: string, state: LoginState): Promise<void> {
  const { client } = cli.gateway
  let now = ''
  await until(
    async () => (now = (await client.call('login.get', { loginId })).state) === state,
    () => `${now} instead of ${state}`,
  )
}

describe.skipIf(!existsSync('/proc/self/cmdline'))('a sign-in over the control socket (needs /proc)', () => {
  it('takes the code from any connection, and tells whoever began it or follows it', async () => {
    const [starter, follower] = [await connect(), await connect()]
    const { loginId, state } = await starter.client.call('login.start', { ...setupToken, profileId: 'chat' })
    expect(state).toBe('starting')
    expect(loginId).toMatch(/^[\w-]{22}$/)
    await follower.client.call('login.get', { loginId, follow: true })
    await reaches(loginId, 'waiting_for_code')
    await cli.gateway.client.call('login.submit', { loginId, code: ' right\n' })
    await reaches(loginId, 'done')
    for (const { told } of [starter, follower]) {
      expect(told.map((step) => step.state).join(' ')).toBe('waiting_for_code checking storing done')
      expect(told.at(-1)).toMatchObject({ profileId: 'anthropic:chat', rotated: false, notes: [] })
    }
  })

  it('goes on when the caller who began it goes away', async () => {
    const { client } = await connect()
    const { loginId } = await client.call('login.start', setupToken)
    client.close()
    await reaches(loginId, 'waiting_for_code')
    await cli.gateway.client.call('login.cancel', { loginId })
    expect(processesOf(folder)).toEqual([])
  })

  it('is cancelled with the caller it is bound to', async () => {
    const { client } = await connect()
    const { loginId } = await client.call('login.start', { ...setupToken, bound: true })
    await reaches(loginId, 'waiting_for_code')
    client.close()
    await reaches(loginId, 'cancelled')
    await until(() => processesOf(folder).length === 0)
  })

  it.each([
    ['another provider', { provider: 'openai' }, 'setup-token signs in to anthropic, not to openai'],
    ['an unknown provider', { provider: 'antropic' }, /no provider|unknown provider/],
    ['the id of another provider', { profileId: 'openai:default' }, 'credential "openai:default" is for openai'],
    ['an id of the environment', { profileId: 'ANTHROPIC_API_KEY' }, 'is the id of the key in the variable'],
  ])('is refused for %s before anything is started', async (_what, params, message) => {
    const start = cli.gateway.client.call('login.start', { ...setupToken, ...params })
    await expect(start).rejects.toThrow(message)
    expect(processesOf(folder)).toEqual([])
  })

  it('is refused for a name that is taken by another agent, before anybody signs in', async () => {
    const ofOne = { profileId: 'anthropic:of-one', agent: 'one', kind: 'token', secret: token } as const
    await cli.gateway.client.call('credentials.add', { provider: 'anthropic', ...ofOne })
    const start = cli.gateway.client.call('login.start', { ...setupToken, profileId: 'of-one', agent: 'two' })
    await expect(start).rejects.toThrow('credential "anthropic:of-one" is there already, for agent one')
  })

  it('takes no code that could be a command to the terminal', async () => {
    const { loginId } = await cli.gateway.client.call('login.start', setupToken)
    await reaches(loginId, 'waiting_for_code')
    for (const code of ['right\u0003', 'ri\rght', 'a\u001b[A', '', 'x'.repeat(5_000)]) {
      const submit = cli.gateway.client.call('login.submit', { loginId, code })
      await expect(submit).rejects.toThrow('wrong parameters: code: ')
    }
    await cli.gateway.client.call('login.cancel', { loginId })
  })

  it('is not found by an id that nobody was given', async () => {
    await expect(cli.gateway.client.call('login.get', { loginId: 'AAAA' })).rejects.toThrow('there is no such sign-in')
  })
})

describe('models auth setup-token', () => {
  it('says how to install claude, and the other way, where there is none', async () => {
    const bare = await startWithCli({ env: { PATH: '/nowhere' } })
    const { status, stderr } = await bare.run(...command)
    await bare.gateway.stop()
    expect(status).toBe(69)
    expect(stderr).toContain('npm install -g @anthropic-ai/claude-code')
    expect(stderr).toContain('traseai models auth setup-token --provider anthropic --paste')
  })

  it('--paste stores a token that was made elsewhere, for a year', async () => {
    const { status, stdout, stderr } = await cli.runWith(
      { input: `${token}\n` },
      ...command,
      '--paste',
      '--profile-id',
      'elsewhere',
    )
    expect([status, stderr]).toEqual([0, expect.stringContaining('its end is taken to be a year from now')])
    expect(stdout).toMatch(/^anthropic:elsewhere is stored: token, …upAA, ends on \d{4}-/)
  })

  it.each([
    ['an API key', `sk-ant-api03-${'x'.repeat(90)}AA`],
    ['nothing', ''],
    ['prose', 'my token'],
  ])('--paste refuses %s', async (_what, input) => {
    const { status, stdout, stderr } = await cli.runWith({ input }, ...command, '--paste', '--profile-id', 'none')
    expect([status, stdout]).toEqual([65, ''])
    expect(stderr).not.toContain('xxxx')
  })

  it('takes no token as an argument, and does not repeat it', async () => {
    const { status, stderr } = await cli.run(...command, token)
    expect(status).toBe(64)
    expect(stderr).toContain('--paste asks for it')
    expect(stderr).not.toContain('Made_up')
  })

  it('reads a last line without its newline, and asks again after a refused code', async () => {
    const { status, stdout, stderr } = await cli.runWith({ input: 'wrong\nright' }, ...command, '--profile-id', 'lines')
    expect([status, stderr]).toEqual([0, expect.stringContaining('note: the code was refused: wrong is not it')])
    expect(stdout.match(/^https:\/\/\S+state=state-\d$/gm)).toHaveLength(2)
    expect(stdout).toContain('anthropic:lines is stored: token')
  })
})
