import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realHost } from '../../src/host.ts'
import { readShellEnvironment } from '../../src/sources/shell-env.ts'
import { openLiveHome } from '../support/live-home.ts'
import { until } from '../support/until.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'traseai-shell-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** The login files of bash, zsh and of the plain shells. */
const profile = async (text: string): Promise<void> => {
  for (const name of ['.bash_profile', '.zprofile', '.profile']) await writeFile(join(home, name), text)
}
const ask = async (shell: string, options: { timeoutMs?: number; env?: Record<string, string> } = {}) => {
  const host = realHost({ env: { HOME: home, PATH: process.env['PATH'], SHELL: shell, ...options.env } })
  const answer = await readShellEnvironment(host, options.timeoutMs ?? 15_000, (name) => name.endsWith('_API_KEY'))
  return answer.ok
    ? Object.fromEntries([...answer.variables].map(([name, secret]) => [name, secret.reveal()]))
    : answer.reason
}

const shells = ['bash', 'dash', 'sh', 'zsh', 'ksh'].map((name) => `/bin/${name}`).filter((path) => existsSync(path))

describe.each(shells)('the login shell %s', (shell) => {
  it('gives what the profile exports, and nothing that was not asked for', async () => {
    await profile('export OPENAI_API_KEY=sk-test-shell OTHER=x\nNOT_EXPORTED_API_KEY=y\n')
    expect(await ask(shell)).toEqual({ OPENAI_API_KEY: 'sk-test-shell' })
  })

  it('may have a profile that prints whatever it likes', async () => {
    await profile('echo "welcome OPENAI_API_KEY=no"; echo oops >&2; export OPENAI_API_KEY="sk-test\nline"\n')
    expect(await ask(shell)).toEqual({ OPENAI_API_KEY: 'sk-test\nline' })
  })

  it('does not wait for what the profile leaves running, and ends it', async () => {
    await profile(`sleep 987 & echo $! > "$HOME/pid"; export OPENAI_API_KEY=sk-test\n`)
    expect(await ask(shell)).toEqual({ OPENAI_API_KEY: 'sk-test' })
    const { readFile } = await import('node:fs/promises')
    const pid = (await readFile(join(home, 'pid'), 'utf8')).trim()
    await until(
      async () =>
        !existsSync(`/proc/${pid}`) || (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')).includes(') Z'),
    )
  })

  it('is given up when its profile hangs', async () => {
    await profile('sleep 987\n')
    expect(await ask(shell, { timeoutMs: 200 })).toMatch(/did not finish within 200 ms/)
  })

  it('is given up when its profile reads from the terminal or ends it', async () => {
    await profile('read answer; exit 3\n')
    expect(await ask(shell)).toMatch(/ended without its environment \(status 3\)/)
  })

  it('is given up when its profile prints without end', async () => {
    await profile('yes\n')
    expect(await ask(shell)).toMatch(/printed more than/)
  })

  it("does not get the gateway's own keys", async () => {
    await profile('export SEEN_API_KEY="[$ANTHROPIC_API_KEY]"\n')
    expect(await ask(shell, { env: { ANTHROPIC_API_KEY: 'sk-ant-test-secret' } })).toEqual({ SEEN_API_KEY: '[]' })
  })
})

describe('a login shell that cannot be asked', () => {
  it.each([
    ['bash', /not an absolute path/],
    ['/usr/bin/nologin', /not a shell that is known/],
    ['/nowhere/bash', /cannot be run/],
  ])('is named: %s', async (shell, reason) => {
    expect(await ask(shell)).toMatch(reason)
  })
})

describe('the environment with the login shell', () => {
  it('takes from it only what is still missing', async () => {
    await profile('export OPENAI_API_KEY=sk-test-shell GROQ_API_KEY=sk-test-shell\n')
    const live = await openLiveHome({
      envFile: 'OPENAI_API_KEY=sk-test-file\n',
      env: { HOME: home, SHELL: '/bin/bash' },
      shellEnv: { enabled: true, timeoutMs: 15_000 },
    })
    try {
      expect(live.keys()).toEqual(['OPENAI_API_KEY=sk-test-file', 'GROQ_API_KEY=sk-test-shell'])
      expect(live.environment.view().keys.map(({ place, shadows }) => [place.kind, shadows])).toEqual([
        ['env-file', []],
        ['shell-env', []],
      ])
    } finally {
      await live.close()
    }
  })

  it('keeps the last answer, and says so, when the shell hangs', async () => {
    await profile('export GROQ_API_KEY=sk-test-shell\n')
    const shellEnv = { enabled: true, timeoutMs: 15_000 }
    const live = await openLiveHome({ env: { HOME: home, SHELL: '/bin/bash' }, shellEnv })
    try {
      await profile('sleep 987\n')
      shellEnv.timeoutMs = 100
      const view = await live.environment.reload('reload')
      expect(live.keys()).toEqual(['GROQ_API_KEY=sk-test-shell'])
      expect(view.problems).toMatchObject([{ file: "the login shell's environment" }])
      shellEnv.enabled = false
      expect((await live.environment.reload('configuration')).keys).toEqual([])
    } finally {
      await live.close()
    }
  })
})
