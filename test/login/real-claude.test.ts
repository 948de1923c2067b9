// `models auth setup-token` with the real Claude Code: from a terminal, from a pipe, with a code from elsewhere, and refused.
import { spawn } from 'node:child_process'
import { spawn as spawnInTerminal } from 'node-pty'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type ClaudeLab, claudeLabNeeds, hasClaudeLab, openClaudeLab } from '../support/claude-lab.ts'
import { cleanEnvironment, type GatewayProcess, programPath, startGateway } from '../support/gateway-process.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { until } from '../support/until.ts'

const isPossible = hasClaudeLab()
const itWithClaude = skipUnless(isPossible, claudeLabNeeds)

let lab: ClaudeLab
let gateway: GatewayProcess
beforeAll(async () => {
  if (!isPossible) return
  lab = await openClaudeLab()
  gateway = await startGateway({ env: lab.env, wrap: lab.wrap })
})
afterAll(async () => {
  await gateway?.stop()
  lab?.close()
})

const command = `${programPath} --no-start models auth setup-token --provider anthropic`.split(' ')
const setupToken = (...args: readonly string[]): string[] => [...command, ...args]

interface Running {
  /** Everything that was written. */
  text(): string
  write(text: string): void
  readonly ended: Promise<number | null>
}

/** The program as in a script: no terminal anywhere. */
function inPipe(input: 'pipe' | 'ignore', ...args: readonly string[]): Running {
  const env = cleanEnvironment(gateway.home)
  const child = spawn(process.execPath, setupToken(...args), { env, stdio: [input, 'pipe', 'pipe'] })
  let text = ''
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()))
  child.stderr?.on('data', (data: Buffer) => (text += data.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { text: () => text, write: (data) => child.stdin?.write(data), ended }
}

/** The program as a person sees it. */
function inTerminal(size: { readonly cols: number; readonly rows: number }): Running {
  const env = cleanEnvironment(gateway.home, { TERM: 'xterm-256color', LANG: 'C.UTF-8' })
  const terminal = spawnInTerminal(process.execPath, setupToken(), { ...size, env, cwd: gateway.home })
  let text = ''
  terminal.onData((data) => (text += data))
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  return { text: () => text, write: (data) => terminal.write(data), ended }
}

const addressPattern = /https:\/\/claude\.com\/\S+?state=([\w-]+)/g

/** The `state` of the address with this number, once it is there. */
async function stateOf(running: Running, number: number): Promise<string> {
  const states = (): string[] => [...running.text().matchAll(addressPattern)].map(([, state = '']) => state)
  await until(
    () => states().length >= number,
    () => running.text(),
  )
  return states()[number - 1] ?? ''
}

/** What the store holds, read back through the door for programs. */
async function storedToken(profileId = 'anthropic:default'): Promise<string | undefined> {
  const { candidates } = await gateway.client.call('credentials.resolve', { provider: 'anthropic', reveal: true })
  return candidates.find((candidate) => candidate.profileId === profileId)?.secret
}

async function expectNothingLeft(): Promise<void> {
  await until(
    () => lab.processes().length === 0,
    () => `claude runs no more: ${lab.processes().join()}`,
  )
}

describe('the real claude setup-token', () => {
  itWithClaude('signs in from a terminal, with a QR code where there is room, and shows no code', async () => {
    const terminal = inTerminal({ cols: 100, rows: 60 })
    const state = await stateOf(terminal, 1)
    await until(() => terminal.text().includes('not shown): '))
    expect(terminal.text()).toContain('█')
    terminal.write(`from-terminal#${state}\r`)
    expect(await terminal.ended).toBe(0)
    expect(terminal.text()).toContain('anthropic:default is stored: token, …upAA, ends on 20')
    expect(terminal.text()).not.toContain('from-terminal')
    expect(await storedToken()).toContain('sk-ant-oat01-test-from-terminal-')
    await expectNothingLeft()
  })

  itWithClaude('signs in from a pipe, and asks again after a code that was refused', async () => {
    const pipe = inPipe('pipe', '--json', '--profile-id', 'work')
    pipe.write(`wrong#${await stateOf(pipe, 1)}\n`)
    pipe.write(`right#${await stateOf(pipe, 2)}\n`)
    expect(await pipe.ended).toBe(0)
    expect(pipe.text()).toContain('{"note":"the code was refused: Request failed with status code 400"}')
    const steps = pipe
      .text()
      .split('\n')
      .filter((line) => line.includes('"loginId"'))
    expect(steps.map((line) => (JSON.parse(line) as { state: string }).state)).toEqual([
      'waiting_for_code',
      'waiting_for_code',
      'done',
    ])
    expect(await storedToken('anthropic:work')).toContain('sk-ant-oat01-test-right-')
    await expectNothingLeft()
  })

  itWithClaude('signs in without any input, with a code that comes from elsewhere', async () => {
    const waiting = inPipe('ignore', '--profile-id', 'elsewhere')
    const state = await stateOf(waiting, 1)
    await until(() => waiting.text().includes('login.submit'))
    const [, loginId = ''] = /"loginId":"([\w-]+)"/.exec(waiting.text()) ?? []
    await gateway.client.call('login.submit', { loginId, code: `elsewhere#${state}` })
    expect(await waiting.ended).toBe(0)
    expect(await storedToken('anthropic:elsewhere')).toContain('sk-ant-oat01-test-elsewhere-')
    await expectNothingLeft()
  })

  itWithClaude('is cancelled by Ctrl-C, and leaves nothing', async () => {
    const terminal = inTerminal({ cols: 40, rows: 20 })
    await until(() => terminal.text().includes('not shown): '))
    expect(terminal.text()).not.toContain('█')
    terminal.write('half a co\u0003')
    expect(await terminal.ended).toBe(130)
    expect(terminal.text()).toContain('cancelled: nothing was stored')
    await expectNothingLeft()
    expect(await gateway.logs()).not.toMatch(/sk-ant|from-terminal|half a co/)
  })
})
