// The published SDKs, their own retries off, with everything that can go wrong on the way: what a program sees, which keys were tried, and what the history says.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answerHalting, answerModel, deliveries, type Place } from '../support/deliveries.ts'
import { spokenText } from '../support/model-answers.ts'
import {
  answerError,
  answerLimitedInStream,
  answerRateLimited,
  answerReset,
  type ResetForm,
} from '../support/provider-answers.ts'
import type { Behaviour } from '../support/provider-behaviour.ts'
import type { SdkCaller } from '../support/sdk-callers.ts'
import { until } from '../support/until.ts'
import { expected, failureOf, forms, keysOf, openSdkWorld, sdkNames, type SdkWorld } from './sdk-world.ts'

let world: SdkWorld
beforeAll(async () => {
  world = await openSdkWorld()
})
afterAll(() => world.close())
beforeEach(() => world.begin())

/** What has been generated reaches the program while the provider is silent. */
async function untilShown(form: keyof typeof expected, place: Place, texts: readonly string[]): Promise<void> {
  if (form === 'textStream' && place === 'within the content') await until(() => texts.length > 0)
}

const streams = ['textStream', 'toolStream'] as const
const inEach = <T>(given: readonly T[], of: readonly (typeof forms)[number][] = forms) =>
  of.flatMap((form) => given.map((one) => [form, one] as const))

describe.each(sdkNames)('the SDK of %s, its own retries off,', (name) => {
  const [one, two] = keysOf[name]
  let sdk: SdkCaller
  beforeEach(() => (sdk = world.caller(name, { maxRetries: 0 })))
  const limitedFirst = (...behaviours: readonly Behaviour[]): void => world.provider.behave(one, ...behaviours)

  describe('reads an answer', () => {
    test.each(inEach(Object.keys(deliveries) as (keyof typeof deliveries)[]))('%s: %s', async (form, delivery) => {
      world.provider.behave(one, answerModel(deliveries[delivery]))
      expect(await sdk[form]()).toEqual(expected[form])
      expect(world.tried(name)).toEqual([1])
      expect(await world.limits()).toEqual([])
    })
  })

  describe('is served by the next key when one is limited', () => {
    const resets: readonly ResetForm[] = [
      'none',
      'retry-after',
      'retry-after-date',
      'retry-after-ms',
      ...({ anthropic: ['anthropic'], openai: ['x-ratelimit'], google: ['retry-info'] } as const)[name],
    ]
    test.each(inEach(resets))('%s: until %s says', async (form, reset) => {
      limitedFirst(answerRateLimited({ reset, seconds: 60 }))
      expect(await sdk[form]()).toEqual(expected[form])
      expect(world.tried(name)).toEqual([1, 2])
      const [limited, ...more] = await world.limits()
      expect(more).toEqual([])
      expect(limited?.status).toBe(429)
      // Dates have whole seconds.
      if (reset === 'none') expect(limited?.retryAfterMs).toBeUndefined()
      else expect(Math.abs((limited?.retryAfterMs ?? 0) - 60_000)).toBeLessThanOrEqual(1_000)
    })

    test.each(streams)('%s: in the stream, before any content', async (form) => {
      limitedFirst(answerLimitedInStream())
      expect(await sdk[form]()).toEqual(expected[form])
      expect(world.tried(name)).toEqual([1, 2])
      expect(await world.limits()).toMatchObject([{ status: 200 }])
    })
  })

  test('sees a limit that comes behind content as its provider tells it, from the one attempt, and the key rests', async () => {
    limitedFirst(answerLimitedInStream({ afterContent: true }))
    const texts: string[] = []
    const error = await failureOf(sdk.textStream({ onText: (text) => texts.push(text) }))
    expect(String(error)).toContain('would exceed your rate limit')
    expect(texts).toEqual(['Hello '])
    expect(world.tried(name)).toEqual([1])
    await until(async () => (await world.limits()).length > 0)
    expect(await world.limits()).toMatchObject([{ status: 200 }])
  })

  test.each(forms)('%s: sees the last limit when every key has one', async (form) => {
    for (const key of [one, two])
      world.provider.behave(key, answerRateLimited({ reset: 'retry-after', mark: `of ${key}` }))
    const error = await failureOf(sdk[form]())
    expect(sdk.statusOf(error)).toBe(429)
    expect(String(error)).toContain(`of ${two}`)
    expect(world.tried(name)).toEqual([1, 2])
    expect(await world.limits()).toHaveLength(2)
  })

  test.each(inEach([400, 404, 413, 500, 503, 529]))(
    '%s: sees a %i as it came, from the one attempt',
    async (form, status) => {
      limitedFirst(answerError(status))
      const error = await failureOf(sdk[form]())
      expect(sdk.statusOf(error)).toBe(status)
      expect(String(error)).toContain(`failure ${status}`)
      expect(world.tried(name)).toEqual([1])
      expect(await world.limits()).toEqual([])
    },
  )

  test('sees a 401 as it came, from the one attempt, and the key is not used again', async () => {
    limitedFirst(answerError(401))
    expect(sdk.statusOf(await failureOf(sdk.text()))).toBe(401)
    expect(await sdk.text()).toBe(spokenText)
    expect(world.tried(name)).toEqual([1, 2])
    for (const { profileId } of await world.gateway.client.call('credentials.list', { provider: name })) {
      await world.gateway.client.call('credentials.enable', { profileId })
    }
  })

  test('is told in its own error class that its token is wrong', async () => {
    const wrong = world.caller(name, { apiKey: 'trase-wrong', maxRetries: 0 })
    const error = await failureOf(wrong.text())
    expect(wrong.statusOf(error)).toBe(401)
    expect(String(error)).toContain('traseai clients issue')
    expect(world.tried(name)).toEqual([])
  })

  describe('is told of a connection that is reset', () => {
    test.each(forms)('%s: before the answer, in words', async (form) => {
      limitedFirst(answerReset())
      const error = await failureOf(sdk[form]())
      expect(sdk.statusOf(error)).toBe(502)
      expect(String(error)).toContain('traseai: ')
      expect(world.tried(name)).toEqual([1])
      expect(await world.limits()).toEqual([])
    })

    const places: readonly Place[] = ['behind the head', 'before the content', 'within the content']
    test.each(inEach(places))('%s: %s', async (form, place) => {
      const { behaviour, halted } = answerHalting(place)
      limitedFirst(behaviour)
      const texts: string[] = []
      const failure = failureOf(sdk[form]({ onText: (text) => texts.push(text) }))
      await halted.reached()
      await untilShown(form, place, texts)
      halted.reset()
      const error = await failure
      expect(error).toBeInstanceOf(Error)
      expect(sdk.statusOf(error)).toBeUndefined()
      expect(place === 'within the content' || texts.length === 0).toBe(true)
      expect(world.tried(name)).toEqual([1])
      expect(await world.limits()).toEqual([])
    })
  })

  describe('waits for a stream that is silent for a while', () => {
    const places: readonly Place[] = ['before the head', 'behind the head', 'before the content', 'within the content']
    test.each(inEach(places))('%s: %s', async (form, place) => {
      const { behaviour, halted } = answerHalting(place)
      limitedFirst(behaviour)
      const texts: string[] = []
      const answer = sdk[form]({ onText: (text) => texts.push(text) })
      await halted.reached()
      await untilShown(form, place, texts)
      halted.goOn()
      expect(await answer).toEqual(expected[form])
      expect(world.tried(name)).toEqual([1])
      expect(await world.limits()).toEqual([])
    })
  })

  describe('may leave', () => {
    const places: readonly Place[] = ['before the head', 'behind the head', 'before the content', 'within the content']
    test.each(inEach(places))('%s: %s, which ends the request at the provider', async (form, place) => {
      const { behaviour, halted } = answerHalting(place)
      limitedFirst(behaviour)
      const abort = new AbortController()
      const texts: string[] = []
      // OpenAI's SDK ends a stream that its program has aborted without an error.
      const over = sdk[form]({ signal: abort.signal, onText: (text) => texts.push(text) }).catch(() => undefined)
      await halted.reached()
      await untilShown(form, place, texts)
      abort.abort()
      await over
      await halted.cancelled
      expect(world.tried(name)).toEqual([1])
      expect(await world.limits()).toEqual([])
    })
  })
})
