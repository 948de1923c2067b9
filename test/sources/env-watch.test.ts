import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { openLiveHome, type LiveHome, type LiveHomeOptions } from '../support/live-home.ts'
import { saves } from '../support/saves.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const first = 'ANTHROPIC_API_KEY=sk-ant-test-first\n'
const both = `${first}OPENAI_API_KEY=sk-test-second\n`
const bothKeys = ['ANTHROPIC_API_KEY=sk-ant-test-first', 'OPENAI_API_KEY=sk-test-second']

let live: LiveHome
const open_ = async (options: LiveHomeOptions) => (live = await openLiveHome(options))
afterEach(() => live.close())

describe.each(saves)('.env saved %s', (_how, save) => {
  it('adds a key, and no view lacks one that was there', async () => {
    await open_({ envFile: first })
    await save(live.paths.envFile, both)
    await live.hasKeys(...bothKeys)
    expect(live.views.every((view) => view.includes(bothKeys[0]!))).toBe(true)
    expect(live.causes.every((cause) => cause === 'env-file')).toBe(true)
  })

  it('rotates a key, and no view lacks one', async () => {
    await open_({ envFile: both })
    await save(live.paths.envFile, both.replace('sk-ant-test-first', 'sk-ant-test-third'))
    await live.hasKeys('ANTHROPIC_API_KEY=sk-ant-test-third', bothKeys[1]!)
    expect(live.views.map((view) => view.length)).toEqual(live.views.map(() => 2))
  })

  it('removes a key', async () => {
    await open_({ envFile: both })
    await save(live.paths.envFile, first)
    await live.hasKeys(bothKeys[0]!)
  })

  it('is quietly the same when nothing changed', async () => {
    await open_({ envFile: both })
    await save(live.paths.envFile, both)
    await save(live.paths.envFile, `${both}GROQ_API_KEY=sk-test-last\n`)
    await live.hasKeys(...bothKeys, 'GROQ_API_KEY=sk-test-last')
    expect(live.views).toEqual([bothKeys, live.keys()])
  })
})

describe('.env saved by a program', () => {
  it('sed -i changes a key', async () => {
    await open_({ envFile: both })
    await run('sed', ['-i', 's/sk-test-second/sk-test-by-sed/', live.paths.envFile])
    await live.hasKeys(bothKeys[0]!, 'OPENAI_API_KEY=sk-test-by-sed')
    expect(live.views.every((view) => view.length === 2)).toBe(true)
  })

  it.skipIf(!existsSync('/usr/bin/vim'))('vim changes a key', async () => {
    await open_({ envFile: both })
    await run('vim', ['-es', '-u', 'NONE', '-c', '%s/sk-test-second/sk-test-by-vim/', '-c', 'wq', live.paths.envFile])
    await live.hasKeys(bothKeys[0]!, 'OPENAI_API_KEY=sk-test-by-vim')
    expect(live.views.every((view) => view.length === 2)).toBe(true)
  })

  it('a shell appends a key', async () => {
    await open_({ envFile: first })
    await run('sh', ['-c', `echo OPENAI_API_KEY=sk-test-second >> "$0"`, live.paths.envFile])
    await live.hasKeys(...bothKeys)
  })

  it('a shell that generates it slowly takes no key away meanwhile', async () => {
    await open_({ envFile: both })
    await run('sh', [
      '-c',
      `{ sleep 0.3; printf '%s\\n' ANTHROPIC_API_KEY=sk-ant-test-first OPENAI_API_KEY=sk-test-new; } > "$0"`,
      live.paths.envFile,
    ])
    await live.hasKeys(bothKeys[0]!, 'OPENAI_API_KEY=sk-test-new')
    expect(live.views.every((view) => view.length === 2)).toBe(true)
  })
})

describe('.env that is half-written', () => {
  it.each(Array.from({ length: both.length - first.length - 1 }, (_, index) => first.length + 1 + index))(
    'keeps every key when it is cut after %i bytes',
    async (length) => {
      await open_({ envFile: both })
      await truncate(live.paths.envFile, length)
      // Cut just before the last line end, everything is still there.
      await until(() => !live.environment.view().ok || length === both.length - 1)
      expect(live.keys()).toEqual(bothKeys)
      expect(live.views.every((view) => view.length === 2)).toBe(true)
    },
  )

  it('warns once, names the file, and says so in the view', async () => {
    await open_({ envFile: both })
    await truncate(live.paths.envFile, 20)
    await until(() => !live.environment.view().ok)
    await truncate(live.paths.envFile, 19)
    await live.environment.reload('reload')
    expect(live.environment.view().problems).toMatchObject([
      { file: live.paths.envFile, message: expect.stringContaining('half-written') as string },
    ])
    expect(live.warnings).toHaveLength(1)
  })

  it('is taken up again when it is whole', async () => {
    await open_({ envFile: both })
    await truncate(live.paths.envFile, 20)
    await until(() => !live.environment.view().ok)
    await writeFile(live.paths.envFile, `${both}GROQ_API_KEY=sk-test-last\n`)
    await live.hasKeys(...bothKeys, 'GROQ_API_KEY=sk-test-last')
    expect(live.environment.view()).toMatchObject({ ok: true, problems: [] })
  })

  it('keeps every key when it is cut within a quoted value of many lines', async () => {
    await open_({ envFile: `${first}OPENAI_API_KEYS="sk-test-a\nsk-test-b"\n` })
    await writeFile(live.paths.envFile, `${first}OPENAI_API_KEYS="sk-test-a\n`)
    await until(() => !live.environment.view().ok)
    expect(live.keys()).toHaveLength(3)
  })
})

describe('.env that is gone', () => {
  it('takes its keys along when it stays away', async () => {
    await open_({ envFile: both })
    await rm(live.paths.envFile)
    await live.hasKeys()
  })

  it('takes its keys along when it stays empty', async () => {
    await open_({ envFile: both })
    await truncate(live.paths.envFile, 0)
    await live.hasKeys()
  })

  it('brings keys when it appears', async () => {
    await open_({})
    await writeFile(live.paths.envFile, first)
    await live.hasKeys(bothKeys[0]!)
  })

  it('is found again when the whole home was deleted and made anew', async () => {
    await open_({ envFile: first, lookEveryMs: 20 })
    await rm(live.paths.home, { recursive: true })
    await mkdir(live.paths.home)
    await writeFile(live.paths.envFile, both)
    await live.hasKeys(...bothKeys)
    await writeFile(live.paths.envFile, first)
    await live.hasKeys(bothKeys[0]!)
  })
})

describe('.env that cannot be used', () => {
  it.each<readonly [string, (path: string) => Promise<unknown>]>([
    ['a directory', (path) => rm(path).then(() => mkdir(path))],
    ['a named pipe', (path) => rm(path).then(() => run('mkfifo', [path]))],
    ['10 MB', (path) => writeFile(path, Buffer.alloc(10_000_000, 'A=1\n'))],
    ['binary', (path) => writeFile(path, Buffer.from([1, 2, 0, 3]))],
    ['broken UTF-8', (path) => writeFile(path, Buffer.from([0x41, 0x3d, 0xff, 0x0a]))],
    ['a link to itself', (path) => rm(path).then(() => symlink(path, path))],
  ])('keeps the last good keys when it is %s', async (_what, breakIt) => {
    await open_({ envFile: both })
    await breakIt(live.paths.envFile)
    await until(() => !live.environment.view().ok)
    expect(live.views.every((view) => view.length === 2)).toBe(true)
    expect(live.environment.view().problems).toMatchObject([{ file: live.paths.envFile }])
    expect(live.warnings).toHaveLength(1)
  })

  it('keeps the last good keys when it is not readable', async () => {
    await open_({ envFile: both })
    await chmod(live.paths.home, 0o755)
    await writeFile(`${live.paths.envFile}.new`, both, { mode: 0 })
    await rename(`${live.paths.envFile}.new`, live.paths.envFile)
    // Root may read everything: be somebody else for a while.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.('nobody')
    try {
      await until(() => {
        live.environment.fileChanged()
        return !live.environment.view().ok
      })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
    expect(live.keys()).toEqual(bothKeys)
    expect(live.environment.view().problems).toMatchObject([{ message: 'is not readable for this user' }])
  })

  it('is told at the start, too', async () => {
    await open_({ envFile: 'A=1\0' })
    expect(live.environment.view()).toMatchObject({ ok: false, keys: [], problems: [{ file: live.paths.envFile }] })
  })
})

describe('.env that is a symbolic link', () => {
  it('is followed to where it leads, and stays a link when a variable is set', async () => {
    await open_({})
    const elsewhere = join(live.paths.home, 'elsewhere')
    await mkdir(elsewhere)
    await writeFile(join(elsewhere, 'keys'), first)
    await symlink(join('elsewhere', 'keys'), live.paths.envFile)
    await live.hasKeys(bothKeys[0]!)
    await writeFile(join(elsewhere, 'keys'), both)
    await live.hasKeys(...bothKeys)
    await rename(join(elsewhere, 'keys'), join(elsewhere, 'old'))
    await writeFile(join(elsewhere, 'keys'), first)
    await live.hasKeys(bothKeys[0]!)
    expect(await readFile(live.paths.envFile, 'utf8')).toBe(first)
  })
})

describe('the directory without events', () => {
  it('is looked at now and then', async () => {
    await open_({ envFile: first, lookEveryMs: 20 })
    // A link to a directory that is replaced as a whole: no event in either directory names the file.
    const [a, b] = [join(live.paths.home, 'a'), join(live.paths.home, 'b')]
    await Promise.all([mkdir(a), mkdir(b)])
    await writeFile(join(a, 'keys'), first)
    await writeFile(join(b, 'keys'), both)
    await symlink('a', join(live.paths.home, 'now'))
    await rm(live.paths.envFile)
    await symlink(join('now', 'keys'), live.paths.envFile)
    await live.hasKeys(bothKeys[0]!)
    await symlink('b', join(live.paths.home, 'next'))
    await rename(join(live.paths.home, 'next'), join(live.paths.home, 'now'))
    await live.hasKeys(...bothKeys)
  })
})
