// A machine that slept for days, and a clock that was set: nothing rests longer than was said, and nothing is told twice.
import { expect } from 'vitest'
import { freshHome } from '../support/gateway-process.ts'
import { envKey, type Laptop, openLaptop } from '../support/laptop.ts'
import { answerError, answerOk, answerRateLimited } from '../support/provider-answers.ts'
import { itWithClock, openClock, type SetClock } from '../support/set-clock.ts'
import { until } from '../support/until.ts'

const hourMs = 3_600_000
const model = 'anthropic/claude-sonnet-4-5'

async function openRoom(): Promise<{ readonly laptop: Laptop; readonly clock: SetClock }> {
  const clock = openClock()
  return { clock, laptop: await openLaptop(await freshHome(), { env: clock.env }) }
}

async function statusOf({ gateway }: Laptop): Promise<string | undefined> {
  const { candidates } = await gateway.client.call('credentials.resolve', { provider: 'anthropic', model })
  return candidates[0]?.status
}

async function positions({ gateway }: Laptop, fromMs: number, toMs: number): Promise<readonly number[]> {
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString()
  const { events } = await gateway.client.call('audit.log', { since: at(fromMs), until: at(toMs) })
  return events.map(({ position }) => position)
}

itWithClock(
  'after days of sleep cooldowns are over, new connections are made, and what expired meanwhile is told once',
  async () => {
    const { laptop, clock } = await openRoom()
    const { client } = laptop.gateway
    await client.call('credentials.add', {
      profileId: 'openai:subscription',
      provider: 'openai',
      kind: 'token',
      secret: `sk-test-${'0'.repeat(48)}`,
      expiresAt: new Date(Date.now() + 48 * hourMs).toISOString(),
    })
    laptop.provider.behave(envKey, answerRateLimited({ seconds: 3_600 }), answerOk())
    expect((await laptop.ask()).status).toBe(429)
    expect(await statusOf(laptop)).toBe('cooling')

    clock.set('+3d')
    expect(await statusOf(laptop)).toBe('ready')
    const beganMs = performance.now()
    expect((await laptop.ask()).status).toBe(200)
    expect(performance.now() - beganMs).toBeLessThan(5_000)
    const expired = async () => (await client.call('audit.log', { type: 'CredentialExpired' })).events
    await until(async () => (await expired()).length > 0)
    await until(() => laptop.notices().some(({ text }) => text.includes('openai:subscription')))

    clock.set('+4d')
    await until(async () => (await laptop.ask()).status === 200)
    expect(await expired()).toHaveLength(1)
    expect(
      laptop
        .notices()
        .flatMap(({ matters }) => matters)
        .filter(({ kind }) => kind === 'expired'),
    ).toHaveLength(1)
    // Those who slept through the warning hear of the end alone.
    expect((await client.call('audit.log', { type: 'CredentialExpiring' })).events).toEqual([])
  },
)

itWithClock(
  'after a sleep a connection that was kept is not used again, and the next request makes its own',
  async () => {
    const { laptop, clock } = await openRoom()
    expect((await laptop.ask()).status).toBe(200)
    expect((await laptop.ask()).status).toBe(200)
    expect(laptop.provider.ports).toHaveLength(1)
    clock.set('+8h')
    expect((await laptop.ask()).status).toBe(200)
    expect(laptop.provider.ports).toHaveLength(2)
  },
)

itWithClock('a clock that is set back by hours makes neither a cooldown nor a billing block longer', async () => {
  const { laptop, clock } = await openRoom()
  laptop.provider.behave(envKey, answerRateLimited({ seconds: 60 }), answerOk())
  expect((await laptop.ask()).status).toBe(429)
  clock.set('-5h')
  expect(await statusOf(laptop)).toBe('ready')
  expect((await laptop.ask()).status).toBe(200)

  laptop.provider.behave(envKey, answerError(402, 'no credit is left'))
  expect((await laptop.ask()).status).toBe(402)
  expect(await statusOf(laptop)).toBe('disabled')
  clock.set('-9h')
  laptop.provider.behave(envKey, answerError(402, 'no credit is left'), answerOk())
  // The trial that is due, which blocks it anew, and not for hours.
  expect((await laptop.ask()).status).toBe(402)
  expect(await statusOf(laptop)).toBe('disabled')
  clock.set('-8h')
  expect((await laptop.ask()).status).toBe(200)
  await until(async () => (await statusOf(laptop)) === 'ready')
})

itWithClock('the history finds events by their time, though the clock went forward and back', async () => {
  const { laptop, clock } = await openRoom()
  const { client } = laptop.gateway
  const issue = async (offset: string): Promise<void> => {
    clock.set(offset)
    await client.call('clients.issue', { name: `at${offset.replace('+', 'p').replace('-', 'm')}` })
  }
  const first = (await positions(laptop, -hourMs / 4, hourMs / 4)).length
  for (const offset of ['+50h', '-5h', '+2h', '-30h']) await issue(offset)
  expect(await positions(laptop, 49 * hourMs, 51 * hourMs)).toEqual([first + 1])
  expect(await positions(laptop, -6 * hourMs, -4 * hourMs)).toEqual([first + 2])
  expect(await positions(laptop, 1 * hourMs, 3 * hourMs)).toEqual([first + 3])
  expect(await positions(laptop, -31 * hourMs, -29 * hourMs)).toEqual([first + 4])
  expect(await positions(laptop, -hourMs / 4, hourMs / 4)).toHaveLength(first)
  clock.set('-40h')
  expect((await client.call('doctor.run', {})).find(({ code }) => code === 'clock_set_back')?.severity).toBe('warning')
})
