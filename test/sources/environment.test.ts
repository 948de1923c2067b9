import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/vault/secret.ts'
import { openLiveHome, type LiveHome, type LiveHomeOptions } from '../support/live-home.ts'

let live: LiveHome
const open = async (options: LiveHomeOptions) => (live = await openLiveHome(options))
afterEach(() => live.close())

const file = () => readFile(live.paths.envFile, 'utf8')
const set = (name: string, value: string) => live.environment.set(name, new Secret(value))

describe('where a key comes from', () => {
  it("is the gateway's own environment first, which shadows .env", async () => {
    await open({
      env: { OPENAI_API_KEY: 'sk-test-process' },
      envFile: 'OPENAI_API_KEY=sk-test-file\nGROQ_API_KEY=sk-test-groq\n',
    })
    expect(live.keys()).toEqual(['OPENAI_API_KEY=sk-test-process', 'GROQ_API_KEY=sk-test-groq'])
    const [openai] = live.environment.view().keys
    expect(openai).toMatchObject({
      place: { kind: 'process-env' },
      shadows: [{ kind: 'env-file', name: 'OPENAI_API_KEY' }],
    })
  })

  it('is .env when the gateway has an empty variable of that name', async () => {
    await open({ env: { OPENAI_API_KEY: '' }, envFile: 'OPENAI_API_KEY=sk-test-file\n' })
    expect(live.keys()).toEqual(['OPENAI_API_KEY=sk-test-file'])
  })

  it('is never what only looks like a key', async () => {
    await open({ env: { MY_KEYRING: 'x', OPENAI_BASE_URL: 'y' }, envFile: 'FOO=bar\n' })
    expect(live.keys()).toEqual([])
  })
})

describe('a key that no HTTP header can carry', () => {
  it('is not used, and the problem names file, line and variable but not the value', async () => {
    await open({ envFile: '# keys\nOPENAI_API_KEY=“sk-test-curly”\nGROQ_API_KEY=sk-test-groq\n' })
    const { problems, ok } = live.environment.view()
    expect(live.keys()).toEqual(['GROQ_API_KEY=sk-test-groq'])
    expect(ok).toBe(true)
    expect(problems).toMatchObject([{ file: live.paths.envFile, line: 2, key: 'OPENAI_API_KEY' }])
    expect(JSON.stringify(problems)).not.toContain('sk-test')
  })

  it('is told when it comes from the gateway itself', async () => {
    await open({ env: { OPENAI_API_KEY: 'one\ntwo' } })
    expect(live.environment.view().problems).toMatchObject([
      { file: "the gateway's environment", key: 'OPENAI_API_KEY' },
    ])
  })
})

describe('setting a variable', () => {
  it('writes .env, keeps its other lines, and has the key when it returns', async () => {
    await open({ envFile: '# mine\nexport GROQ_API_KEY=sk-test-groq # old\n' })
    const view = await set('OPENAI_API_KEY', ' sk-test-new\n')
    expect(view.keys.map(({ place }) => place.name)).toEqual(['OPENAI_API_KEY', 'GROQ_API_KEY'])
    expect(await file()).toBe('# mine\nexport GROQ_API_KEY=sk-test-groq # old\nOPENAI_API_KEY=sk-test-new\n')
    expect(live.causes).toEqual(['rpc'])
  })

  it('makes a file that only its owner may read', async () => {
    await open({})
    await set('OPENAI_API_KEY', 'sk-test-new')
    expect((await stat(live.paths.envFile)).mode & 0o777).toBe(0o600)
  })

  it('loses nothing when many are set at once', async () => {
    await open({})
    const names = Array.from({ length: 20 }, (_, index) => `OPENAI_API_KEY_${index}`)
    await Promise.all(names.map((name) => set(name, `sk-test-${name}`)))
    expect(live.keys()).toEqual(names.map((name) => `${name}=sk-test-${name}`))
  })

  it.each([
    ['usage', 'NOT A NAME', 'sk-test'],
    ['usage', '__proto__.x', 'sk-test'],
    ['value_refused', 'OPENAI_API_KEY', '  \n'],
    ['value_refused', 'OPENAI_API_KEY', 'two\nlines'],
    ['value_refused', 'OPENAI_API_KEY', '“curly”'],
    ['value_refused', 'OPENAI_API_KEY', 'x'.repeat(70_000)],
  ])('is refused as %s for %j', async (code, name, value) => {
    await open({ envFile: 'A=1\n' })
    await expect(set(name, value)).rejects.toMatchObject({ code })
    expect(await file()).toBe('A=1\n')
  })

  it('takes a list with a key on each line', async () => {
    await open({})
    await set('OPENAI_API_KEYS', 'sk-test-1\nsk-test-2\r\nsk-test-3')
    expect(live.keys()).toEqual(['OPENAI_API_KEYS=sk-test-1', 'OPENAI_API_KEYS=sk-test-2', 'OPENAI_API_KEYS=sk-test-3'])
  })

  it('does not touch a file that it cannot read', async () => {
    await open({ envFile: 'A=1\0' })
    await expect(set('OPENAI_API_KEY', 'sk-test')).rejects.toMatchObject({ code: 'env_file_invalid' })
    expect(await file()).toBe('A=1\0')
  })

  it('builds on what somebody else has just saved', async () => {
    await open({ envFile: 'A=1\n' })
    await writeFile(`${live.paths.envFile}.new`, 'A=2\nGROQ_API_KEY=sk-test-groq\n')
    await rename(`${live.paths.envFile}.new`, live.paths.envFile)
    await set('OPENAI_API_KEY', 'sk-test-new')
    expect(await file()).toBe('A=2\nGROQ_API_KEY=sk-test-groq\nOPENAI_API_KEY=sk-test-new\n')
  })
})

describe('removing a variable', () => {
  it('removes its lines and says whether there were any', async () => {
    await open({ envFile: 'OPENAI_API_KEY=sk-1\n# x\nOPENAI_API_KEY=sk-2\nA=1\n' })
    expect(await live.environment.unset('OPENAI_API_KEY')).toBe(true)
    expect(await live.environment.unset('OPENAI_API_KEY')).toBe(false)
    expect(await file()).toBe('# x\nA=1\n')
    expect(live.keys()).toEqual([])
  })
})

describe('reading again on demand', () => {
  it('resolves to a view that has what was saved before', async () => {
    await open({ envFile: 'OPENAI_API_KEY=sk-test-1\n' })
    await writeFile(live.paths.envFile, 'OPENAI_API_KEY=sk-test-2')
    const view = await live.environment.reload('reload')
    expect(view.keys[0]?.secret.reveal()).toBe('sk-test-2')
  })
})
