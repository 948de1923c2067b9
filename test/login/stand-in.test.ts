// Signing in by means of a `claude` that crashes, hangs, or shows what nobody expects. Linux: /proc tells what is left running.
import { existsSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { TraseError } from '../../src/errors.ts'
import { loginLimits } from '../../src/login/login-state.ts'
import { until } from '../support/until.ts'
import { openStandIn, type StandIn, type StandInOptions } from './stand-in.ts'

const token = `sk-ant-oat01-test-${'Made_up-'.repeat(10)}-madeupAA`

const opened: StandIn[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((standIn) => standIn.close()))
})

function open(behaviour: string, options: StandInOptions = {}): StandIn {
  const standIn = openStandIn(behaviour, options)
  opened.push(standIn)
  return standIn
}

/** Signs in with a `claude` that asks for a code; the code is `right`. */
async function signIn(behaviour: string): Promise<StandIn> {
  const standIn = open(behaviour)
  const { loginId } = await standIn.start()
  await standIn.reaches(loginId, 'waiting_for_code')
  standIn.submit(loginId, 'right')
  await standIn.reaches(loginId, 'done')
  return standIn
}

async function expectNothingLeft(standIn: StandIn): Promise<void> {
  await until(
    () => standIn.processes().length === 0 && standIn.leftovers().length === 0,
    () => `nothing is left: ${standIn.processes().join()} ${standIn.leftovers().join()}`,
  )
}

describe.skipIf(!existsSync('/proc/self/cmdline'))('signing in with claude setup-token (needs /proc)', () => {
  it('ends with the token in the store, valid for a year', async () => {
    const before = Date.now()
    const standIn = await signIn('usual')
    const [stored] = standIn.stored
    expect(stored).toMatchObject({ profileId: 'anthropic:default', provider: 'anthropic', kind: 'token', agent: null })
    expect(stored?.clearText).toBe(token)
    const days = ((stored?.expiresAt ?? 0) - before) / 86_400_000
    expect(days).toBeGreaterThanOrEqual(365)
    expect(days).toBeLessThan(365.1)
    expect(standIn.noted('codes')).toBe('right\n')
    await expectNothingLeft(standIn)
  })

  it('gives the program an empty folder, and an environment without any key', async () => {
    const env = {
      ANTHROPIC_API_KEY: 'sk-ant-test-0',
      OPENAI_API_KEY: 'sk-test-0',
      TRASEAI_HOME: '/nowhere',
      DISPLAY: ':0',
      HTTPS_PROXY: 'http://proxy.test:3128',
      NODE_EXTRA_CA_CERTS: '/etc/own-ca.pem',
      NODE_OPTIONS: '',
    }
    const standIn = open('usual', { env })
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    const environment = JSON.parse(standIn.noted('environment')) as Record<string, string>
    expect(Object.keys(environment).filter((name) => /KEY|TRASEAI|DISPLAY|NODE_OPTIONS/.test(name))).toEqual([])
    expect(environment).toMatchObject({
      TERM: 'xterm-256color',
      BROWSER: 'true',
      HTTPS_PROXY: env.HTTPS_PROXY,
      NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS,
    })
    expect(JSON.parse(standIn.noted('working-directory'))).toEqual([expect.stringContaining('traseai-login-')])
  })

  it.each(['thinks it has 80 columns', 'is slow', 'ends right behind the token', 'leaves children'])(
    'gets the whole token of a program that %s, and leaves nothing running',
    async (behaviour) => {
      const standIn = await signIn(behaviour)
      expect(standIn.stored.map(({ clearText }) => clearText)).toEqual([token])
      await expectNothingLeft(standIn)
    },
  )

  it('asks again with a new address after a code that was refused', async () => {
    const standIn = open('refuses')
    const { loginId } = await standIn.start()
    const states: string[] = []
    standIn.signIns.watch(loginId, ({ state }) => states.push(state))
    const first = await standIn.reaches(loginId, 'waiting_for_code')
    standIn.submit(loginId, 'wrong')
    await until(() => standIn.signIns.get(loginId).refusedCodes === 1)
    const second = await standIn.reaches(loginId, 'waiting_for_code')
    expect(second).toMatchObject({ refusal: 'wrong is not it', url: first.url?.replace('state-1', 'state-2') })
    standIn.submit(loginId, 'right')
    await standIn.reaches(loginId, 'done')
    expect(states.join(' ')).toBe('waiting_for_code checking code_refused waiting_for_code checking storing done')
  })

  it('gives up when too many codes were refused', async () => {
    const standIn = open('refuses', { limits: { ...loginLimits, refusedCodesMax: 2 } })
    const { loginId } = await standIn.start()
    for (const code of ['wrong', 'wrong again']) {
      await standIn.reaches(loginId, 'waiting_for_code')
      standIn.submit(loginId, code)
    }
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error?.message).toBe('2 codes were refused, the last: wrong again is not it')
    await expectNothingLeft(standIn)
  })

  it.each([
    [
      'crashes',
      'claude setup-token ended with status 3 and gave no token; the last it showed: "Something is very wrong"',
    ],
    ['writes without end', 'claude setup-token wrote without end'],
  ])('fails with what it showed when the program %s', async (behaviour, message) => {
    const standIn = open(behaviour)
    const { loginId } = await standIn.start()
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error?.code).toBe('login_failed')
    expect(error?.message.startsWith(message)).toBe(true)
    await expectNothingLeft(standIn)
  })

  it('fails when the program succeeds and gives no token', async () => {
    const standIn = open('gives no token')
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    standIn.submit(loginId, 'right')
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error?.message).toContain('ended with status 0 and gave no token; the last it showed: "✓ Long-lived')
    expect(standIn.stored).toEqual([])
  })

  it('fails after its time limit when the program hangs', async () => {
    const standIn = open('hangs')
    const { loginId } = await standIn.start()
    standIn.letTimePass()
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error?.message).toMatch(/^the sign-in was without an address to open for \d+ s$/)
    await expectNothingLeft(standIn)
  })

  it('fails after its time limit with what a program asks that nobody has seen before', async () => {
    const standIn = open('asks something new')
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    standIn.submit(loginId, 'right')
    await until(() => standIn.hasNoted('entered'))
    standIn.letTimePass()
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error?.message).toMatch(/^the sign-in was checking the code for \d+ s; the last it showed: /)
    expect(error?.message).toContain('"Choose your organisation" / "1. Acme" / "2. Umbrella" / "Press a number"')
    await expectNothingLeft(standIn)
  })

  it('does not take half a token, however long the program stops there', async () => {
    const standIn = open('stops in the middle of the token')
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    standIn.submit(loginId, 'right')
    await until(() => standIn.hasNoted('codes'))
    standIn.letTimePass()
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error?.message).toContain('checking the code')
    expect(error?.message).not.toContain('sk-ant')
    expect(standIn.stored).toEqual([])
  })

  it('does not take half a token of a program that was killed', async () => {
    const standIn = open('is killed in the middle of the token')
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    standIn.submit(loginId, 'right')
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error?.message).toContain('ended with signal 9 and gave no token')
    expect(error?.message).not.toContain('sk-ant')
    expect(standIn.stored).toEqual([])
  })

  it('shows no code and no key, whatever the program does with them', async () => {
    const standIn = open('crashes with what was typed')
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    standIn.submit(loginId, 'my-code#state-1')
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error?.message).toContain('ended with signal 6 and gave no token')
    expect(error?.message).toContain('no idea what … is')
    expect(JSON.stringify([standIn.signIns.get(loginId), standIn.logged])).not.toMatch(/my-code|sk-ant/)
  })

  it('can be cancelled, also when the program ignores signals; then nothing is left', async () => {
    const standIn = open('ignores signals')
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    expect((await standIn.signIns.cancel(loginId)).state).toBe('cancelled')
    expect(standIn.processes()).toEqual([])
    expect(standIn.leftovers()).toEqual([])
    expect(() => standIn.submit(loginId, 'right')).toThrow('no code is waited for: the sign-in is cancelled')
  })

  it('ends with the gateway', async () => {
    const standIn = open('ignores signals')
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    await standIn.signIns.close()
    expect(standIn.processes()).toEqual([])
  })

  it('is one at a time for a provider', async () => {
    const standIn = open('hangs')
    const { loginId } = await standIn.start()
    const refusal = await standIn.start().catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'already_exists', hint: expect.stringContaining(loginId) as string })
    await standIn.signIns.cancel(loginId)
    await expect(standIn.start()).resolves.toMatchObject({ state: 'starting' })
  })

  it('takes no code before there is an address', async () => {
    const standIn = open('hangs')
    const { loginId } = await standIn.start()
    expect(() => standIn.submit(loginId, 'right')).toThrow(TraseError)
  })

  it('fails by the reason when the token cannot be stored', async () => {
    const standIn = open('usual', { add: () => Promise.reject(new TraseError('vault_locked', 'the vault is locked')) })
    const { loginId } = await standIn.start()
    await standIn.reaches(loginId, 'waiting_for_code')
    standIn.submit(loginId, 'right')
    const { error } = await standIn.reaches(loginId, 'failed')
    expect(error).toMatchObject({ code: 'vault_locked', message: 'the vault is locked' })
  })

  it('is forgotten some time after its end', async () => {
    const standIn = await signIn('usual')
    const { loginId } = await standIn.start()
    await standIn.signIns.cancel(loginId)
    standIn.letTimePass()
    expect(() => standIn.signIns.get(loginId)).toThrow('there is no such sign-in')
  })

  it('says how to install claude where there is none', async () => {
    const standIn = open('usual', { missing: true, env: { PATH: '/nowhere' } })
    const refusal = await standIn.start().catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'program_missing',
      hint: expect.stringContaining('npm install -g @anthropic-ai/claude-code') as string,
    })
    await expect(standIn.start()).rejects.toThrow('not installed')
  })
})
