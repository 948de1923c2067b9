// What a save of .env leaves in the history: the right events, once each, for every way in which programs save.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshHome, startGateway, type GatewayProcess } from '../support/gateway-process.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const itWithVim = skipUnless(existsSync('/usr/bin/vim'), 'vim')
const [first, second, changed] = [
  'sk-test-first-0000000000001',
  'sk-test-second-000000000002',
  'sk-test-changed-00000000003',
]
const before = `# my keys\nOPENAI_API_KEY=${first}\nOPENAI_API_KEY_2=${second}\n`
const after = before.replace(first, changed)

let home: string
let gateway: GatewayProcess
let file: string

beforeEach(async () => {
  home = await freshHome()
  file = join(home, '.env')
  await writeFile(file, before)
  gateway = await startGateway({ home })
})

afterEach(async () => {
  await gateway.stop()
  await gateway.removeHome()
})

/** `Type profileId` of every credential event, oldest first. */
async function history(): Promise<string[]> {
  const { events } = await gateway.client.call('audit.log', { order: 'asc', limit: 1_000 })
  return events.flatMap(({ type, data }) =>
    typeof data['profileId'] === 'string' ? [`${type} ${data['profileId']}`] : [],
  )
}

async function fingerprints(): Promise<Record<string, string>> {
  const credentials = await gateway.client.call('credentials.list', {})
  return Object.fromEntries(credentials.map(({ profileId, fingerprint }) => [profileId, fingerprint]))
}

const start = ['CredentialAdded openai:OPENAI_API_KEY', 'CredentialAdded openai:OPENAI_API_KEY_2']
const rotated = [...start, 'CredentialRotated openai:OPENAI_API_KEY']

async function untilHistoryIs(expected: readonly string[]): Promise<void> {
  await until(async () => (await history()).length >= expected.length)
  expect(await history()).toEqual(expected)
}

describe('a value that changes in .env is one rotation of that key', () => {
  it('when the file is written in place', async () => {
    await writeFile(file, after)
    await untilHistoryIs(rotated)
  })

  it('when another file is renamed to it', async () => {
    await writeFile(`${file}.new`, after)
    await rename(`${file}.new`, file)
    await untilHistoryIs(rotated)
  })

  it('when it is deleted and created again', async () => {
    await rm(file)
    await writeFile(file, after)
    await untilHistoryIs(rotated)
  })

  it('when sed -i does it', async () => {
    await run('sed', ['-i', `s/${first}/${changed}/`, file])
    await untilHistoryIs(rotated)
  })

  itWithVim('when vim does it', async () => {
    await run('vim', ['-es', '-u', 'NONE', '-c', `%s/${first}/${changed}/`, '-c', 'wq', file])
    await untilHistoryIs(rotated)
  })

  it('when env.set does it, which answers when it is in the history', async () => {
    await gateway.client.call('env.set', { name: 'OPENAI_API_KEY', value: changed })
    expect(await history()).toEqual(rotated)
    expect(await readFile(file, 'utf8')).toBe(after)
  })

  it('when it happened while the gateway was down', async () => {
    await gateway.stop()
    await writeFile(file, after)
    gateway = await startGateway({ home })
    expect(await history()).toEqual(rotated)
  })
})

describe('a key that comes or goes', () => {
  it('is added', async () => {
    await writeFile(file, `${before}OPENAI_API_KEY_3=${changed}\n`)
    await untilHistoryIs([...start, 'CredentialAdded openai:OPENAI_API_KEY_3'])
  })

  it('is named in the log, the first ten of many', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `OPENAI_API_KEY_X${index}=${changed}${index}\n`)
    await writeFile(file, `${before}${many.join('')}`)
    await until(async () => (await gateway.logs()).includes('"added":12'))
    const line = (await gateway.logs()).split('\n').find((each) => each.includes('"added":12')) ?? ''
    const { profileIds } = JSON.parse(line) as { profileIds: string[] }
    expect(profileIds).toHaveLength(10)
    expect(profileIds).toContain('openai:OPENAI_API_KEY_X0')
  })

  it('is removed, and the other one stays', async () => {
    await writeFile(file, before.replace(`OPENAI_API_KEY=${first}\n`, ''))
    await untilHistoryIs([...start, 'CredentialRemoved openai:OPENAI_API_KEY'])
    expect(Object.keys(await fingerprints())).toEqual(['openai:OPENAI_API_KEY_2'])
  })

  it('is added and removed as a member of a list', async () => {
    await writeFile(file, `OPENAI_API_KEYS="${first} ${second}"\n`)
    await until(async () => (await history()).length >= 6)
    const [one = '', two = ''] = Object.keys(await fingerprints()).toSorted()
    expect([one, two]).toEqual([
      expect.stringMatching(/^openai:OPENAI_API_KEYS#[0-9a-f]{6}$/),
      expect.stringMatching(/^openai:OPENAI_API_KEYS#/),
    ])
    await writeFile(file, `OPENAI_API_KEYS="${second} ${changed}"\n`)
    await until(async () => (await history()).length >= 8)
    expect((await history()).slice(6).toSorted()).toEqual([
      expect.stringMatching('CredentialAdded openai:OPENAI_API_KEYS#'),
      expect.stringMatching('CredentialRemoved openai:OPENAI_API_KEYS#'),
    ])
  })
})

describe('a .env that cannot be used takes no key away', () => {
  it('when it is cut in the middle of a line, and is taken up when it is whole again', async () => {
    const known = await fingerprints()
    await truncate(file, before.length - 10)
    await until(async () => !(await gateway.client.call('gateway.status', {})).environment.ok)
    expect(await fingerprints()).toEqual(known)
    await writeFile(file, after)
    await untilHistoryIs(rotated)
  })

  it.each([
    ['10 MB large', async () => writeFile(file, Buffer.alloc(10_000_000, 'x'))],
    ['binary', async () => writeFile(file, Buffer.from([0x4f, 0, 1, 2, 0xff]))],
    ['a directory', async () => rm(file).then(() => mkdir(file))],
  ])('when it is %s, and says so', async (_, spoil) => {
    const known = await fingerprints()
    await spoil()
    await until(async () => !(await gateway.client.call('gateway.status', {})).environment.ok)
    expect(await fingerprints()).toEqual(known)
    expect(await history()).toEqual(start)
    const { check } = await gateway.client.call('models.status', {})
    expect(check.problems).toContainEqual(expect.objectContaining({ code: 'env_file' }))
  })

  it('when the gateway finds it so at its start: the history does not say that the keys are gone', async () => {
    await gateway.stop()
    await writeFile(file, Buffer.from([0, 1, 2]))
    gateway = await startGateway({ home })
    expect(await history()).toEqual(start)
    await writeFile(file, after)
    await untilHistoryIs(rotated)
  })

  it('when it has a BOM and CRLF line ends, it is simply used', async () => {
    await writeFile(file, `\ufeff${after.replaceAll('\n', '\r\n')}`)
    await untilHistoryIs(rotated)
  })
})
