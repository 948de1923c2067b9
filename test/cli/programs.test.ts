// Programs that use the gateway: tokens, `exec` and `shellenv`.
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanEnvironment, programPath } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

let cli: CliWithGateway
beforeAll(async () => {
  cli = await startWithCli({
    env: { ANTHROPIC_API_KEY: fakeKey('AAAA'), OPENAI_API_KEY: fakeKey('BBBB'), MISTRAL_API_KEY: fakeKey('CCCC') },
  })
})
afterAll(() => cli.gateway.stop())

const clientNames = async () => (await cli.gateway.client.call('clients.list', {})).map(({ name }) => name)

/** Whether the gateway takes the token: then it looks for a provider, and this one it does not know. */
async function isAccepted(token: string): Promise<boolean> {
  const response = await fetch(`${cli.gateway.httpUrl}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  await response.arrayBuffer()
  return response.status === 200
}

describe('a client’s token', () => {
  it('is alone on stdout, works, and does not after it was revoked', async () => {
    const { stdout, stderr } = await cli.run('clients', 'issue', 'editor')
    expect(stdout).toMatch(/^trase_[\w-]{43}\n$/)
    expect(stderr).toContain('traseai clients revoke editor')
    expect(await isAccepted(stdout.trim())).toBe(true)
    expect((await cli.run('clients', 'list')).stdout).toContain('editor')
    expect(await cli.run('clients', 'revoke', 'editor')).toMatchObject({ status: 0 })
    expect(await isAccepted(stdout.trim())).toBe(false)
  })
})

describe('a client’s name', () => {
  it('is refused with what a name may be', async () => {
    const { status, stderr } = await cli.run('clients', 'issue', 'my app!')
    expect(status).toBe(64)
    expect(stderr).toBe(
      'traseai: "my app!" cannot be the name of a client\n' +
        'hint: a name has letters, digits and . _ : @ -, begins with a letter or digit, and is at most 64 long\n',
    )
  })
})

describe('exec', () => {
  const environmentIn = async (env: Record<string, string>, ...args: string[]) => {
    const { stdout } = await cli.runWith(
      { env },
      'exec',
      ...args,
      '--',
      process.execPath,
      '-p',
      'JSON.stringify(process.env)',
    )
    return JSON.parse(stdout) as Record<string, string>
  }

  it('gives the program addresses and a token, and takes every key away', async () => {
    const keys = {
      ANTHROPIC_API_KEY: fakeKey('AAAA'),
      OPENAI_API_KEY_2: fakeKey('BBBB'),
      GROQ_API_KEY: fakeKey('CCCC'),
      ANTHROPIC_AUTH_TOKEN: fakeKey('DDDD'),
    }
    const env = await environmentIn({ ...keys, MINE: 'kept' })
    expect(env).toMatchObject({
      ANTHROPIC_BASE_URL: `${cli.gateway.httpUrl}/anthropic`,
      OPENAI_BASE_URL: `${cli.gateway.httpUrl}/openai/v1`,
      MINE: 'kept',
    })
    expect(env['ANTHROPIC_API_KEY']).toMatch(/^trase_/)
    expect(JSON.stringify(env)).not.toContain('sk-ant-test')
    expect(await isAccepted(env['ANTHROPIC_API_KEY'] ?? '')).toBe(false)
    expect(await clientNames()).toEqual([])
  })

  it('points only the chosen providers at the gateway', async () => {
    const env = await environmentIn({}, '--provider', 'openai')
    expect(env).toHaveProperty('OPENAI_BASE_URL')
    expect(env).not.toHaveProperty('ANTHROPIC_BASE_URL')
  })

  it.each([
    [['sh', '-c', 'exit 3'], 3],
    [['sh', '-c', 'kill -TERM $$'], 143],
    [['/nonexistent/program'], 127],
    [['/etc/passwd'], 126],
    [[''], 64],
  ])('exits with the status of %j', async (command, status) => {
    expect((await cli.run('exec', '--', ...command)).status).toBe(status)
    expect(await clientNames()).toEqual([])
  })

  it('hands options behind -- to the program', async () => {
    expect((await cli.run('exec', '--', 'echo', '--json', '--help')).stdout).toBe('--json --help\n')
  })

  it('gives the program standard input', async () => {
    expect((await cli.runWith({ input: 'hello' }, 'exec', '--', 'cat')).stdout).toBe('hello')
  })

  it.each(['SIGTERM', 'SIGUSR1'] as const)('passes %s on, and exits as the program does', async (signal) => {
    const script = 'trap "echo got it; exit 7" TERM USR1; echo ready; while :; do sleep 0.01; done'
    const child = spawn(process.execPath, [programPath, 'exec', '--', 'sh', '-c', script], {
      env: cleanEnvironment(cli.gateway.home),
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await until(() => said.includes('ready'))
    child.kill(signal)
    const status = await new Promise((resolve) => child.on('close', resolve))
    expect({ said, status }).toEqual({ said: 'ready\ngot it\n', status: 7 })
  })

  it('leaves no valid token behind when it is killed', async () => {
    const child = spawn(process.execPath, [programPath, 'exec', '--', 'sleep', '1'], {
      env: cleanEnvironment(cli.gateway.home),
    })
    await until(async () => (await clientNames()).length === 1)
    child.kill('SIGKILL')
    await until(async () => (await clientNames()).length === 0)
  })

  it.each([
    [['--provider', 'opnai'], 66, 'did you mean openai?'],
    [
      ['--provider', 'groq'],
      69,
      'groq has no credential\nhint: traseai models auth paste-api-key --provider groq, or: traseai env set GROQ_API_KEY',
    ],
    [['--provider', 'mistral'], 64, `/mistral/v1 and a token: traseai clients issue`],
  ])('%j is refused with the reason', async (options, status, words) => {
    const outcome = await cli.run('exec', ...options, '--', 'true')
    expect(outcome.status).toBe(status)
    expect(outcome.stderr).toContain(words)
  })
})

describe('shellenv', () => {
  it('makes no token for a process that is not there', async () => {
    const gone = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => gone.on('close', resolve))
    expect(await cli.run('shellenv', '--pid', String(gone.pid))).toMatchObject({ status: 66, stdout: '' })
  })

  it('sets up the shell that asks, with a token that lives as long as it', async () => {
    const program = `${process.execPath} ${programPath} --no-start`
    const script = `eval "$(${program} shellenv --provider openai)"; echo "$$ $OPENAI_BASE_URL $OPENAI_API_KEY \${GROQ_API_KEY-gone}"; read -r _`
    const env = cleanEnvironment(cli.gateway.home, { GROQ_API_KEY: fakeKey('CCCC') })
    const shell = spawn('sh', ['-c', script], { env })
    let said = ''
    shell.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await until(() => said.endsWith('\n'))
    const [pid, url, token = '', groq] = said.trim().split(' ')
    expect({ url, groq }).toEqual({ url: `${cli.gateway.httpUrl}/openai/v1`, groq: 'gone' })
    expect(await isAccepted(token)).toBe(true)
    const [client] = await cli.gateway.client.call('clients.list', {})
    expect(client?.boundToPid).toBe(Number(pid))
    shell.stdin.end()
  })

  it('does not make its token a key of a gateway that is started from such a shell', async () => {
    const other = await startWithCli({ env: { OPENAI_API_KEY: 'trase_0123456789012345678901234567890123456789012' } })
    expect((await other.run('models', 'status')).stdout).toContain('No credentials found')
    await other.gateway.stop()
  })
})
