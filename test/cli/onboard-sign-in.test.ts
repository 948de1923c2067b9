// `claude setup-token` as a step of `onboard`, with a stand-in for the program.
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cleanEnvironment } from '../support/gateway-process.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { openPseudoTerminal, type PseudoTerminal } from '../support/pseudo-terminal.ts'
import { keyOf, openUserHome, type UserHome } from './other-tools.ts'
import { startWithCli, type CliWithGateway } from './with-gateway.ts'

const standIn = fileURLToPath(new URL('../login/programs/claude-stand-in.mjs', import.meta.url))

let cli: CliWithGateway
let user: UserHome
let provider: ProviderServer
beforeEach(async () => {
  provider = await openProviderServer()
  user = openUserHome()
  await user.put('.codex/auth.json', { OPENAI_API_KEY: keyOf.openai('CDX1') })
  const claude = await user.put(
    'bin/claude',
    `#!/bin/sh\nexec "${process.execPath}" "${standIn}" usual "${user.path}"\n`,
  )
  await chmod(claude, 0o755)
  const providers = Object.fromEntries(['anthropic', 'openai'].map((id) => [id, { baseUrl: provider.url }]))
  cli = await startWithCli({ configuration: { models: { providers } }, env: { PATH: join(user.path, 'bin') } })
})
afterEach(async () => {
  await cli.gateway.stop()
  await user.remove()
  await provider.close()
})

const enter = '\r'

/** Up to the code that the sign-in asks for. */
async function goToSignIn(): Promise<PseudoTerminal> {
  const env = cleanEnvironment(cli.gateway.home, { HOME: user.path, PATH: join(user.path, 'bin') })
  const terminal = openPseudoTerminal(['--no-start', 'onboard'], { env, cwd: user.path })
  for (const [question, answer] of [
    ['Which of these keys', enter],
    ['Type or paste a key?', enter],
    ['Where should they be kept?', enter],
    ['Sign in with a Claude subscription?', 'y'],
    ['Which model is the default?', `\u001b[B${enter}`],
    ['Go ahead?', enter],
    ['https://sign-in.test/', ''],
    ['code (paste it, then Enter; not shown):', ''],
  ] as const) {
    await terminal.shows(question)
    terminal.type(answer)
  }
  return terminal
}

const stored = async (): Promise<readonly string[]> =>
  (await cli.gateway.client.call('credentials.list', {})).map(({ profileId }) => profileId)

describe('onboard with claude setup-token', () => {
  it('stores the token after the keys, and goes on', async () => {
    const terminal = await goToSignIn()
    terminal.type(`code#state${enter}`)
    await terminal.shows('signed in with claude setup-token')
    await terminal.shows('the default model')
    expect(await terminal.ended).toBe(0)
    expect(await stored()).toEqual(['anthropic:default', 'openai:codex'])
    expect(terminal.written()).not.toContain('Made_up-')
  })

  it('Ctrl-C in it keeps what was done before, says what was not, and ends with 130', async () => {
    const terminal = await goToSignIn()
    terminal.type('\u0003')
    expect(await terminal.ended).toBe(130)
    await terminal.shows('stored openai:codex')
    await terminal.shows('sign in with claude setup-token, and store its token')
    await terminal.shows('What is marked as done above is kept.')
    expect(await stored()).toEqual(['openai:codex'])
    const lists = await cli.gateway.client.call('models.list', {})
    expect(lists.default).toBeNull()
  })
})
