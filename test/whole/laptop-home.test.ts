// The disk of the home goes away under a running gateway, as an encrypted one or a stick does, and comes back.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type Laptop, openLaptop } from '../support/laptop.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { until } from '../support/until.ts'

const itWithMounts = skipUnless(process.platform === 'linux' && process.getuid?.() === 0, 'root on Linux, to mount')

/** A directory on which another one lies, or not. */
function openHome(): { readonly home: string; mount(): void; unmount(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-away-'))
  const [home, disk] = [join(directory, 'home'), join(directory, 'disk')]
  for (const path of [home, disk]) mkdirSync(path, { mode: 0o700 })
  const mount = (): void => void execFileSync('mount', ['--bind', disk, home])
  const unmount = (): void => void execFileSync('umount', ['--lazy', home])
  mount()
  onTestFinished(() => {
    unmount()
    rmSync(directory, { recursive: true, force: true })
  })
  return { home, mount, unmount }
}

const told = (laptop: Laptop, sentence: string): number => laptop.lines().filter(({ msg }) => msg === sentence).length

itWithMounts(
  'a home that goes away takes neither keys nor settings with it, and is served on when it is back',
  async () => {
    const { home, mount, unmount } = openHome()
    const laptop = await openLaptop(home)
    const { client } = laptop.gateway
    await laptop.store('before')

    unmount()
    await expect(laptop.store('refused')).rejects.toThrow('is gone')
    await until(
      () => told(laptop, 'the .env file is not used as it is now; the keys that were read last stay in use') === 1,
    )
    // Whoever calls meanwhile finds this gateway, and does not begin another home in the directory below.
    await until(() => told(laptop, 'the control socket was removed, and is made anew') === 1)
    const caller = await laptop.gateway.connect()
    expect(await caller.call('credentials.list', {})).toHaveLength(2)
    caller.close()
    expect((await laptop.ask()).status).toBe(200)
    expect(readdirSync(home)).toEqual(['control.sock'])

    mount()
    await until(() => told(laptop, 'changes are written again') === 1)
    await laptop.store('after')
    await client.call('env.set', { name: 'GROQ_API_KEY', value: 'gsk_test_0123456789abcdef0123' })
    expect(told(laptop, 'changes cannot be written')).toBe(1)
    expect(laptop.notices().map(({ matters }) => matters.map(({ kind }) => kind))).toEqual([['storage_failed']])
    const { events } = await client.call('audit.log', { type: 'CredentialRemoved' })
    expect(events).toEqual([])
  },
)
