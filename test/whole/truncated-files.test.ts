// Every file of a home cut at every hundredth byte: the gateway says what is wrong, loses nothing, and with the file back all is as before.
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayClient } from '../../src/client/connect.ts'
import { fakeKey } from '../cli/with-gateway.ts'
import { runCli } from '../cli/run-cli.ts'
import { freshHome, startGateway } from '../support/gateway-process.ts'

const stepBytes = 100

/** Files by path below the home, as a gateway that was stopped in good order leaves them. */
type Files = ReadonlyMap<string, Buffer>

let home: string
let whole: Files
let before: unknown

beforeAll(async () => {
  home = await freshHome()
  await writeFile(
    join(home, '.env'),
    `# keys of the night shift\nOPENAI_API_KEY=${fakeKey('env1')}\nGROQ_API_KEY='${fakeKey('env2')}'\n`,
    { mode: 0o600 },
  )
  await writeFile(
    join(home, 'traseai.json'),
    '{\n  // any free port\n  "gateway": { "port": 0 },\n  "agents": { "default": "main" }, // trailing commas are fine\n}\n',
    { mode: 0o600 },
  )
  const gateway = await startGateway({ home })
  for (const name of ['one', 'two', 'three']) {
    const profileId = `anthropic:${name}`
    const secret = `sk-ant-api03-${name.padEnd(95, '0')}`
    await gateway.client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', secret })
  }
  const profileIds = ['anthropic:two', 'anthropic:one']
  await gateway.client.call('order.set', { provider: 'anthropic', profileIds })
  await gateway.client.call('order.set', { provider: 'anthropic', profileIds: ['anthropic:three'], agent: 'ops' })
  before = await known(gateway.client)
  await gateway.stop()
  whole = await filesOf(home)
})

afterAll(async () => {
  await rm(home, { recursive: true, force: true })
})

/** What must not be lost: credentials with their secrets, and orders. */
async function known(client: GatewayClient): Promise<unknown> {
  const listed = await client.call('credentials.list', {})
  const secrets: Record<string, string> = {}
  for (const { profileId } of listed) {
    secrets[profileId] = (await client.call('credentials.reveal', { profileId })).secret
  }
  const order = async (agent: string): Promise<readonly string[]> =>
    (await client.call('order.get', { provider: 'anthropic', agent })).profileIds
  return { secrets, main: await order('main'), ops: await order('ops') }
}

async function filesOf(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)))
}

async function restore(files: Files): Promise<void> {
  for (const path of (await filesOf(home)).keys()) if (!files.has(path)) await rm(path)
  for (const [path, content] of files) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, content)
    await chmod(path, 0o600)
  }
}

/** What the gateway says of it: at its start, when it refuses one, else in its status and log. */
async function outcomeOfRun(): Promise<{ readonly started: boolean; readonly words: string }> {
  try {
    const gateway = await startGateway({ home })
    const { check } = await gateway.client.call('models.status', {})
    const words = `${JSON.stringify(check.problems)}\n${await gateway.logs()}`
    await gateway.stop()
    return { started: true, words }
  } catch (error) {
    return { started: false, words: String(error) }
  }
}

const named = ['.env', 'traseai.json', 'vault.key', 'agents/main/agent/auth-profiles.json'] as const

describe.each(named)('%s cut at every hundredth byte', (name) => {
  it('is told, loses nothing, and with the file back all is as before', async () => {
    const path = join(home, name)
    const content = whole.get(path) ?? Buffer.alloc(0)
    expect(content.length).toBeGreaterThan(0)
    for (let length = 0; length < content.length; length += stepBytes) {
      await restore(whole)
      await writeFile(path, content.subarray(0, length))
      const { words } = await outcomeOfRun()
      // An empty .env is a good one; anything else that was cut is spoken of by its name.
      if (name !== '.env') expect(words, `${name} of ${length} bytes`).toContain(name.split('/').at(-1))
      await restoreOne(path, content)
      const gateway = await startGateway({ home })
      expect(await known(gateway.client), `${name} of ${length} bytes`).toEqual(before)
      await gateway.stop()
    }
  }, 120_000)
})

/** The one file comes back, and everything else stays as the gateway left it. */
async function restoreOne(path: string, content: Buffer): Promise<void> {
  await writeFile(path, content)
  await chmod(path, 0o600)
}

it('a database cut in any page is refused in words and stays as it is', async () => {
  const path = join(home, 'traseai.db')
  const content = whole.get(path) ?? Buffer.alloc(0)
  await restore(whole)
  // Each cut is a start: every hundredth byte of the first page, then once in each; test/storage tries all of them.
  for (const length of cutsOfDatabase(content.length)) {
    await writeFile(path, content.subarray(0, length))
    const outcome = await runCli(home, ['gateway', 'run'])
    expect(outcome.status, `${length} bytes`).not.toBe(0)
    expect(outcome.stderr, `${length} bytes`).toContain('traseai.db')
    expect((await readFile(path)).equals(content.subarray(0, length)), `${length} bytes`).toBe(true)
  }
  await restoreOne(path, content)
  const gateway = await startGateway({ home })
  expect(await known(gateway.client)).toEqual(before)
  await gateway.stop()
}, 120_000)

function cutsOfDatabase(bytes: number): readonly number[] {
  const cuts: number[] = []
  for (let length = stepBytes; length < bytes; length += stepBytes) {
    if (length < 4_096 || length % 4_096 < stepBytes) cuts.push(length)
  }
  return cuts
}
