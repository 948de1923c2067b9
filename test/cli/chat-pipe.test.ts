// `chat` through a pipe: one message in, one answer out, and an exit status that says what became of it.
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heldAnswer, saying } from '../support/chat-provider.ts'
import { cleanEnvironment, freshHome, programPath } from '../support/gateway-process.ts'
import { answerError, answerLimitedInStream, answerRateLimited, answerRaw } from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { until } from '../support/until.ts'
import { runCli } from './run-cli.ts'
import { startWithCli, type CliWithGateway } from './with-gateway.ts'

const key = 'sk-test-0123456789abcdefAAAA'
const model = ['--model', 'openai/gpt-5'] as const
let provider: ProviderServer
let cli: CliWithGateway

beforeAll(async () => {
  provider = await openProviderServer()
  cli = await startWithCli({
    env: { OPENAI_API_KEY: key },
    configuration: { models: { aliases: { gpt: 'openai/gpt-5' }, providers: { openai: { baseUrl: provider.url } } } },
  })
})
beforeEach(async () => {
  provider.behave(key, saying('Fine.'))
  await cli.gateway.client.call('cooldowns.clear', {})
  await cli.gateway.client.call('credentials.enable', { profileId: 'openai:OPENAI_API_KEY' })
})
afterAll(async () => {
  await cli.gateway.stop()
  await provider.close()
})

const chat = (input: string | undefined, ...args: string[]) =>
  cli.runWith(input === undefined ? {} : { input }, 'chat', ...args)

/** What the provider got last. */
function lastBody(): { model: string; messages: { role: string; content: string }[] } {
  return JSON.parse(provider.received.at(-1)?.body.toString() ?? '') as ReturnType<typeof lastBody>
}

describe('a message through a pipe', () => {
  it('writes the exact answer and one newline to stdout, and who served it to stderr', async () => {
    const answer = 'a \u001b[31mred\u0007\r\nline\n'
    provider.behave(key, saying(answer))
    const { status, stdout, stderr } = await chat('How are you?\n', ...model)
    expect(stdout).toBe(`${answer}\n`)
    expect(stderr).toMatch(/^openai:OPENAI_API_KEY · openai\/gpt-5 · first \d+\.\d\ds · \d+\.\d\ds\n$/)
    expect(status).toBe(0)
    expect(lastBody().messages).toEqual([{ role: 'user', content: 'How are you?' }])
  })

  it('is all of standard input, lines with a slash included', async () => {
    await chat('/model list\nwhat does this do?\n\n', ...model)
    expect(lastBody().messages).toEqual([{ role: 'user', content: '/model list\nwhat does this do?' }])
  })

  it('is one JSON value with --json, and nothing else on stdout', async () => {
    const held = heldAnswer()
    provider.behave(key, held.behaviour)
    const outcome = chat('hi', '--json', ...model)
    await held.say('Hel')
    await held.say('lo')
    await held.finish({ input: 12, output: 345 })
    const { status, stdout } = await outcome
    const { firstTextMs, totalMs, ...rest } = JSON.parse(stdout) as Record<string, unknown>
    expect(rest).toEqual({
      text: 'Hello',
      model: 'openai/gpt-5',
      profileId: 'openai:OPENAI_API_KEY',
      attempts: 1,
      paidFallback: false,
      finish: 'stop',
      usage: { inputTokens: 12, outputTokens: 345 },
    })
    expect(Number(firstTextMs)).toBeLessThanOrEqual(Number(totalMs))
    expect(status).toBe(0)
  })

  it('says first what --system or --system-file says', async () => {
    await chat('hi', ...model, '--system', 'be brief')
    expect(lastBody().messages[0]).toEqual({ role: 'system', content: 'be brief' })
    const file = join(cli.gateway.home, 'system.txt')
    await writeFile(file, 'be kind\n')
    await chat('hi', ...model, '--system-file', file)
    expect(lastBody().messages[0]).toEqual({ role: 'system', content: 'be kind' })
    expect((await chat('hi', '--system', 'a', '--system-file', file)).status).toBe(64)
    expect((await chat('hi', '--system-file', '/nonexistent')).status).toBe(66)
  })

  it('goes to the model of --model, else to that of the session, else to one to begin with', async () => {
    await chat('hi', '--model', 'gpt')
    expect(lastBody().model).toBe('gpt-5')
    await cli.gateway.client.call('session.command', { session: 'desk', text: '/model openai/o3!' })
    await chat('hi', '--session', 'desk')
    expect(lastBody().model).toBe('o3')
    const { stderr } = await chat('hi')
    expect(lastBody().model).toBe('gpt-5')
    expect(stderr).toContain('no model is chosen, so this goes to openai/gpt-5')
  })

  it('leaves no token behind', async () => {
    await chat('hi', ...model)
    expect(await cli.gateway.client.call('clients.list', {})).toEqual([])
  })

  it('shows the answer as it comes, and ends quietly when nobody reads on', async () => {
    const held = heldAnswer()
    provider.behave(key, held.behaviour)
    const env = cleanEnvironment(cli.gateway.home)
    const child = spawn(process.execPath, [programPath, 'chat', ...model], { env, stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdin.end('hi')
    await held.say('the first line\n')
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
    child.stdout.destroy()
    const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)))
    let isAbandoned = false
    void held.abandoned.then(() => (isAbandoned = true))
    await until(async () => {
      if (!isAbandoned) await held.say('more\n')
      return isAbandoned
    })
    expect(await ended).toBe(0)
  })
})

describe('the exit status says what became of it', () => {
  it.each([
    ['a rate limit', answerRateLimited({ reset: 'retry-after', seconds: 60 }), 75, 'limits the rate of openai:OPENAI'],
    ['a limit in the stream', answerLimitedInStream(), 75, 'rate limit'],
    ['a key that is not accepted', answerError(401), 77, 'does not accept openai:OPENAI_API_KEY: failure 401'],
    ['an unpaid bill', answerError(402), 77, 'wants to be paid'],
    ['a request that is refused', answerError(400), 65, 'does not take the request: failure 400'],
    ['an unknown model', answerError(404), 66, 'failure 404'],
    ['a failure of the provider', answerError(500), 75, 'had an error of its own: failure 500'],
    ['a page of some proxy', answerRaw(502, [], '<html>oops</html>'), 75, 'an error of its own (HTTP 502)'],
  ])('%s', async (_what, behaviour, status, words) => {
    provider.behave(key, behaviour)
    const outcome = await chat('hi', ...model)
    expect(outcome.stderr).toContain(words)
    expect(outcome).toMatchObject({ status, stdout: '' })
  })

  it('of a rate limit, with when the first credential is due', async () => {
    provider.behave(key, answerRateLimited({ reset: 'retry-after', seconds: 60 }))
    const { stderr } = await chat('hi', ...model)
    expect(stderr).toMatch(/every credential is cooling; the first is due in (1m|5\ds)/)
  })

  it('an answer that breaks off is written as far as it came', async () => {
    const held = heldAnswer()
    provider.behave(key, held.behaviour)
    const outcome = chat('hi', ...model)
    await held.say('half of ')
    await held.breakOff()
    expect(await outcome).toMatchObject({ status: 75, stdout: 'half of \n' })
    expect((await outcome).stderr).toContain('the answer broke off')
  })

  it.each([
    ['', [], 64, 'standard input holds no message'],
    ['hi', ['--model', 'nosuch'], 66, 'unknown model'],
    ['hi', ['--model', 'opnai/gpt-5'], 66, 'did you mean openai/gpt-5?'],
    ['hi', ['--session', 'a b'], 64, 'is no session id'],
  ])('%j with %j: %i', async (input, args, status, words) => {
    const outcome = await chat(input, ...args)
    expect(outcome).toMatchObject({ status, stdout: '' })
    expect(outcome.stderr).toContain(words)
  })

  it('what is no text is refused', async () => {
    const env = cleanEnvironment(cli.gateway.home)
    const child = spawn(process.execPath, [programPath, 'chat', ...model], { env, stdio: ['pipe', 'ignore', 'ignore'] })
    child.stdin.end(Buffer.from([0xff, 0xfe, 0x00]))
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(65)
  })

  it('without a gateway, and with --no-start, nothing is sent', async () => {
    const home = await freshHome()
    expect(await runCli(home, ['--no-start', 'chat'], { input: 'hi' })).toMatchObject({ status: 69, stdout: '' })
  })

  it('without a credential it says what to type', async () => {
    const bare = await startWithCli()
    try {
      const { status, stderr } = await bare.runWith({ input: 'hi' }, 'chat')
      expect(stderr).toContain('traseai env set')
      expect(status).toBe(69)
    } finally {
      await bare.gateway.stop()
    }
  })
})
