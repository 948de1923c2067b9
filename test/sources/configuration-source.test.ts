import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realHost, type Host } from '../../src/host.ts'
import { openConfiguration, type ConfigurationSource } from '../../src/sources/configuration-source.ts'
import { openHomeWatcher } from '../../src/sources/home-watcher.ts'
import { until } from '../support/until.ts'

let host: Host
let path: string
let changes: [number, number][]
let opened: { close(): Promise<void> }[]

beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), 'traseai-home-'))
  host = realHost({ env: { TRASEAI_HOME: home } })
  path = host.paths.configuration
  changes = []
  opened = []
})
afterEach(async () => {
  for (const each of opened) await each.close()
  await rm(host.paths.home, { recursive: true, force: true })
})

async function open(text?: string): Promise<ConfigurationSource> {
  if (text !== undefined) await writeFile(path, text)
  const source = await openConfiguration({
    host,
    onChange: (before, now) => changes.push([before.gateway.port, now.gateway.port]),
  })
  opened.push(await openHomeWatcher({ host, onEnvFile() {}, onConfiguration: () => source.fileChanged() }), source)
  return source
}
const port = (number: number) => `{ "gateway": { "port": ${number} } }`

describe('the live configuration', () => {
  it('is made of defaults without a file, and takes one up when it appears', async () => {
    const source = await open()
    expect(source.current()).toMatchObject({ ok: true, value: { gateway: { port: 7717 } }, problems: [] })
    await writeFile(path, port(1))
    await until(() => source.current().value.gateway.port === 1)
    expect(changes).toEqual([[7717, 1]])
  })

  it.each(['{ "gateway": { "prot": 2 } }', '{ "gateway": {', '', '\0\0'])(
    'keeps the last good one and says so when the file becomes %j',
    async (broken) => {
      const source = await open(port(1))
      await writeFile(path, broken)
      await until(() => !source.current().ok)
      expect(source.current().value.gateway.port).toBe(1)
      expect(source.current().problems[0]).toMatchObject({ file: path, line: 1 })
      await writeFile(path, port(2))
      await until(() => source.current().ok)
      expect(changes).toEqual([[1, 2]])
    },
  )

  it('is not parsed again while the file says the same', async () => {
    const source = await open(port(1))
    const { value, problems } = source.current()
    const again = await source.reload()
    expect(again.value).toBe(value)
    expect(again.problems).toBe(problems)
  })

  it('keeps the last good one when the file becomes a directory or is cut short', async () => {
    const source = await open(port(1))
    await truncate(path, 10)
    await until(() => !source.current().ok)
    await rm(path)
    await mkdir(path)
    await until(() => source.current().problems[0]?.message === 'is a directory')
    expect(source.current().value.gateway.port).toBe(1)
    expect(changes).toEqual([])
  })

  it('goes back to the defaults when the file stays away', async () => {
    const source = await open(port(1))
    await rm(path)
    await until(() => source.current().value.gateway.port === 7717)
    expect(source.current().ok).toBe(true)
  })

  it('tells no change when only a comment changed', async () => {
    const source = await open(port(1))
    const before = source.current().value
    await writeFile(path, `// mine\n${port(1)}`)
    expect((await source.reload()).value).toBe(before)
    expect(changes).toEqual([])
  })

  it('has what was saved before when it is read on demand', async () => {
    const source = await open(port(1))
    await writeFile(path, port(2))
    expect((await source.reload()).value.gateway.port).toBe(2)
  })

  it.each([['{ "gateway": { "prot": 1 } }'], ['{'], ['']])('does not start from a broken file: %j', async (text) => {
    await writeFile(path, text)
    await expect(openConfiguration({ host, onChange() {} })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(`${path}:1: `) as string,
    })
  })
})
