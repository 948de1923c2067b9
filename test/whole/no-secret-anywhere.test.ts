// A session that uses every command and every method with secrets that can be recognised: none of them, nor eight of their characters, shows up anywhere.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commandTree, type Group } from '../../src/cli/command-tree.ts'
import { contract, type Method } from '../../src/protocol/contract.ts'
import { runCli } from '../cli/run-cli.ts'
import { freshHome, projectRoot, startGateway, type GatewayProcess } from '../support/gateway-process.ts'
import { type NoticeServer, openNoticeServer } from '../support/notice-server.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { until } from '../support/until.ts'
import { type Allowed, leaksIn, secrets } from './canaries.ts'
import { calls } from './every-call.ts'

let home: string
let outside: string
let provider: ProviderServer
let people: NoticeServer
let gateway: GatewayProcess
const leaks: string[] = []
const usedCommands = new Set<string>()
const usedMethods = new Set<string>()
let sampling = true
let processesSeen = 0

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'traseai-canary-'))
  for (const folder of ['bin', 'tmp', 'notes']) await mkdir(join(outside, folder))
  provider = await openProviderServer()
  const own = { baseUrl: provider.url }
  people = await openNoticeServer()
  const address = `/${secrets['the address of a channel']}`
  const notify = [
    { kind: 'ntfy', url: people.url + address, tokenFile: join(outside, 'channel-token') },
    { kind: 'webhook', url: `http://127.0.0.1:1${address}` },
  ]
  home = await freshHome({ models: { providers: { anthropic: own, openai: own, groq: own, acme: own } }, notify })
  await writeFile(join(outside, 'channel-token'), `${secrets['the token of a channel']}\n`, { mode: 0o600 })
  await writeFile(join(home, '.env'), `OPENAI_API_KEY=${secrets['the key in .env']}\n`, { mode: 0o600 })
  await writeFile(join(outside, 'key'), `${secrets['a key in a file']}\n`, { mode: 0o600 })
  await writeFile(join(outside, 'onboarded'), `${secrets['an onboarded key']}\n`, { mode: 0o600 })
  const standIn = join(projectRoot, 'test', 'login', 'programs', 'claude-stand-in.mjs')
  const script = `#!/bin/sh\nexec '${process.execPath}' '${standIn}' usual '${join(outside, 'notes')}'\n`
  await writeFile(join(outside, 'bin', 'claude'), script)
  await chmod(join(outside, 'bin', 'claude'), 0o755)
  await standInForSystemd()
  gateway = await start()
})

/** It runs the gateway that it is told to start. */
async function standInForSystemd(): Promise<void> {
  const standIn = join(projectRoot, 'test', 'service', 'programs', 'systemctl-stand-in.mjs')
  await writeFile(join(outside, 'state.json'), JSON.stringify({ behaviour: 'runs', active: [], pid: 0 }))
  const units = join(outside, 'systemd', 'user')
  const script = `#!/bin/sh\nexec '${process.execPath}' '${standIn}' '${outside}' '${units}' "$@"\n`
  await writeFile(join(outside, 'bin', 'systemctl'), script, { mode: 0o755 })
}

afterAll(async () => {
  await gateway.stop()
  await provider.close()
  await people.close()
  await rm(outside, { recursive: true, force: true })
  await rm(home, { recursive: true, force: true })
})

function start(): Promise<GatewayProcess> {
  return startGateway({
    home,
    env: {
      PATH: `${join(outside, 'bin')}:${process.env['PATH'] ?? ''}`,
      TMPDIR: join(outside, 'tmp'),
      GROQ_API_KEY: secrets["a key of the gateway's environment"],
    },
  })
}

interface Step {
  readonly args: readonly string[]
  readonly input?: string
  /** Exit status; 0 unless said otherwise. */
  readonly status?: number
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
}

async function run({ args, input = '', status = 0, env = {} }: Step): Promise<string> {
  const outcome = await runCli(home, args, { input, env: { TMPDIR: join(outside, 'tmp'), ...env } })
  const words = args.slice(0, args.findIndex((word) => word.startsWith('-')) + 1 || undefined)
  for (let count = 1; count <= words.length; count += 1) usedCommands.add(words.slice(0, count).join(' '))
  const shown = `traseai ${args.join(' ')}`
  expect(`${shown}: ${outcome.status}\n${outcome.status === status ? '' : outcome.stderr}`).toBe(
    `${shown}: ${status}\n`,
  )
  leaks.push(...leaksIn(outcome.stdout, `stdout of ${shown}`), ...leaksIn(outcome.stderr, `stderr of ${shown}`))
  return outcome.stdout
}

/** Looks at every command line and at the environment of every Node process, until told to stop. */
async function sampleProcesses(): Promise<void> {
  while (sampling) {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
      const commandLine = await contentOf(`/proc/${pid}/cmdline`)
      leaks.push(...leaksIn(commandLine, `the command line of process ${pid}: ${commandLine.slice(0, 80)}`))
      if (!commandLine.includes('node')) continue
      processesSeen += 1
      const own: Allowed = commandLine.includes('gateway\0run') ? ["a key of the gateway's environment"] : []
      const environment = await contentOf(`/proc/${pid}/environ`)
      leaks.push(...leaksIn(environment, `the environment of ${commandLine.slice(0, 80)}`, own))
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Empty for a process that is gone, or not ours. */
async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch (error) {
    expect(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']).toContain((error as NodeJS.ErrnoException).code)
    return ''
  }
}

/** Written there by the user. */
const belonging: Readonly<Record<string, Allowed>> = {
  '.env': ['the key in .env', 'a key set by a command'],
  'traseai.json': ['the address of a channel'],
}

async function scanFiles(folder: string, when: string, everywhere: Allowed = []): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name)
    const allowed = belonging[entry.name] ?? everywhere
    leaks.push(...leaksIn(await readFile(path, 'latin1'), `${path}, ${when}`, allowed))
  }
}

const auth = ['models', 'auth'] as const
const steps: readonly Step[] = [
  { args: ['gateway', 'status'] },
  { args: [...auth, 'paste-api-key', '--provider', 'anthropic'], input: secrets['a pasted API key'] },
  { args: [...auth, 'paste-token', '--provider', 'anthropic'], input: secrets['a pasted token'] },
  { args: [...auth, 'paste-token', '--provider', 'anthropic'], input: secrets['a rotated token'] },
  // Refused ones must not be shown either: cut short, twice, and another provider's.
  { args: [...auth, 'paste-api-key', '--provider', 'xai'], input: secrets['a refused key'].slice(0, 40), status: 65 },
  {
    args: [...auth, 'paste-api-key', '--provider', 'xai'],
    input: `${secrets['a refused key']} ${secrets['a pasted token']}`,
    status: 65,
  },
  { args: [...auth, 'paste-token', '--provider', 'xai'], input: secrets['a pasted token'], status: 65 },
  { args: ['env', 'set', 'OPENAI_API_KEY_2'], input: secrets['a key set by a command'] },
  { args: ['env', 'set', 'OPENAI_API_KEY_3'], input: `${secrets['a key set by a command']}\nmore`, status: 65 },
  { args: ['env', 'list'] },
  { args: ['env', 'path'] },
  { args: [...auth, 'list'] },
  { args: [...auth, 'explain', '--provider', 'anthropic'] },
  { args: [...auth, 'order', 'set', '--provider', 'anthropic', 'anthropic:manual', 'anthropic:api-key'] },
  { args: [...auth, 'order', 'get', '--provider', 'anthropic'] },
  { args: [...auth, 'order', 'clear', '--provider', 'anthropic'] },
  { args: [...auth, 'disable', 'anthropic:manual'] },
  { args: [...auth, 'enable', 'anthropic:manual'] },
  { args: [...auth, 'cooldown', 'list'] },
  { args: [...auth, 'cooldown', 'clear'] },
  {
    args: [...auth, 'setup-token', '--provider', 'anthropic', '--profile-id', 'anthropic:year'],
    input: `${secrets['a sign-in code']}\n`,
  },
  { args: [...auth, 'setup-token', '--provider', 'anthropic', '--paste'], input: secrets['a pasted token'] },
  { args: ['models', 'set', 'anthropic/claude-sonnet-4-5'] },
  { args: ['models', 'list'] },
  { args: ['models', 'status'] },
  { args: ['models', 'usage', '--by', 'model'] },
  { args: ['models', 'status', '--probe', '--json'] },
  { args: ['chat', '--model', 'openai/gpt-5', '--system', 'be brief'], input: 'hello' },
  { args: ['vault', 'status'] },
  { args: ['vault', 'rekey', '--keeper', 'passphrase'], input: secrets['a passphrase'] },
  { args: ['vault', 'rekey', '--keeper', 'passphrase'], input: secrets['another passphrase'] },
  { args: ['clients', 'issue', 'laptop'] },
  { args: ['clients', 'list'] },
  { args: ['clients', 'revoke', 'laptop'] },
  { args: ['shellenv'] },
  { args: ['exec', '--', process.execPath, '-e', '0'] },
  { args: ['audit', 'log'] },
  { args: ['audit', 'show', '1'] },
  // One of the channels fails.
  { args: ['notify', 'test'], status: 1 },
  { args: ['notify', 'list'] },
  { args: ['models', 'status', '--check', '--notify'] },
  { args: ['gateway', 'logs'] },
  { args: ['gateway', 'reload'] },
  { args: ['env', 'unset', 'OPENAI_API_KEY_2'] },
  { args: [...auth, 'remove', 'anthropic:manual', '--yes'] },
  { args: ['completion', 'bash'] },
  { args: ['help'] },
]

/** The names of all commands, `models auth order set`. */
function leaves(commands: Group['commands'], words: readonly string[] = []): string[] {
  return Object.entries(commands).flatMap(([name, entry]) =>
    typeof entry === 'function' ? [[...words, name].join(' ')] : leaves(entry.commands, [...words, name]),
  )
}

async function callAll(): Promise<void> {
  let loginId = ''
  let backupId = ''
  for (const [method, params] of Object.entries(calls)) {
    const ids = { ...('loginId' in params && { loginId }), ...('backupId' in params && { backupId }) }
    const given = { ...params, ...ids }
    if (method === 'login.submit') await untilAskedForCode(loginId)
    const answer = await gateway.client.call(method as Method, given as never).catch((error: unknown) => error)
    if (method === 'login.start') ({ loginId } = answer as { loginId: string })
    if (method === 'backup.create') ({ backupId } = answer as { backupId: string })
    usedMethods.add(method)
    leaks.push(...leaksIn(JSON.stringify(answer) + String(answer), `the answer of ${method}`))
    if (answer instanceof Error) expect(`${method}: ${answer.message}`).toMatch(/^(login\.cancel|vault\.unlock):/)
  }
}

async function untilAskedForCode(loginId: string): Promise<void> {
  await until(async () => (await gateway.client.call('login.get', { loginId })).state === 'waiting_for_code')
}

it('every command and method with secrets that can be recognised leaves no trace of them', async () => {
  const sampler = sampleProcesses()
  const reference = ['--provider', 'acme', '--profile-id', 'acme:file'] as const
  for (const step of steps) await run(step)
  await run({ args: [...auth, 'add-reference', ...reference, `file:${join(outside, 'key')}`] })
  const sealed = join(outside, 'tmp', 'backup.age')
  await run({ args: ['backup', sealed], input: secrets['a passphrase of a backup'] })
  await run({ args: ['restore', sealed, '--check'], input: secrets['a passphrase of a backup'] })
  const onboard = ['--non-interactive', '--provider', 'groq', '--api-key-file', join(outside, 'onboarded')] as const
  await run({ args: ['onboard', ...onboard] })
  await run({ args: ['rpc', 'gateway.status'] })
  // A request of a client, and one that the provider refuses.
  const { token } = await gateway.client.call('clients.issue', { name: 'sdk' })
  for (let request = 0; request < 2; request += 1) {
    await fetch(`${gateway.httpUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': token, 'content-type': 'application/json' },
      body: '{"model":"claude-sonnet-4-5","max_tokens":1,"messages":[]}',
    })
  }
  await run({ args: ['gateway', 'stop'] })
  await gateway.ended
  await scanFiles(home, 'after a stop')
  // The passphrase keeps the key: it starts locked.
  gateway = await start()
  await run({ args: ['vault', 'unlock'], input: secrets['another passphrase'] })
  await callAll()
  const doctor = await runCli(home, ['doctor', '--fix', '--json'])
  leaks.push(...leaksIn(doctor.stdout + doctor.stderr, 'doctor --fix'))
  usedCommands.add('doctor')
  await scanFiles(home, 'while it runs')
  expect(await gateway.client.call('gateway.stop', {})).toEqual({})
  await gateway.ended
  for (const verb of ['start', 'restart', 'stop']) await run({ args: ['gateway', verb] })
  usedCommands.add('gateway run') // what startGateway runs
  await run({ args: ['gateway', 'rollback'], status: 64 })
  const service = { PATH: `${join(outside, 'bin')}:${process.env['PATH'] ?? ''}`, XDG_CONFIG_HOME: outside }
  await run({ args: ['gateway', 'install'], env: service })
  await scanFiles(join(outside, 'systemd'), 'after an install')
  await run({ args: ['gateway', 'uninstall'], env: service })
  gateway = await start()
  sampling = false
  await sampler
  await scanFiles(home, 'at the end')
  await scanFiles(join(outside, 'tmp'), 'at the end')
  // What claude got: the code that was meant for it, and nothing else.
  await scanFiles(join(outside, 'notes'), 'at the end', ['a sign-in code'])
  // Typed in the wrong place, it is not shown again; the process list has it, which nobody can help.
  const mistyped = ['models', 'auth', 'paste-token', '--provider', 'anthropic', secrets['a pasted token']]
  const refused = await runCli(home, mistyped)
  expect(refused.status).toBe(64)
  leaks.push(...leaksIn(refused.stdout + refused.stderr, 'the refusal of a secret among the arguments'))

  expect([...new Set(leaks)]).toEqual([])
  expect(leaves(commandTree).filter((name) => !usedCommands.has(name))).toEqual([])
  expect(Object.keys(contract).filter((name) => !usedMethods.has(name))).toEqual(['gateway.stop', 'credentials.reveal'])
  expect(processesSeen).toBeGreaterThan(steps.length)
}, 120_000)

it('the search finds a secret of which eight characters are left, and nothing in what is not one', () => {
  const token = secrets['a pasted token']
  expect(leaksIn(`x${token.slice(20, 28)}y`, 'here')).toEqual(['a pasted token in here'])
  expect(leaksIn(`x${token.slice(20, 27)}y`, 'here')).toEqual([])
})
