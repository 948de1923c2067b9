// The published SDKs as they come, with their own retries, behind the gateway: what is tried again, by whom, and how often.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answerModel } from '../support/deliveries.ts'
import { answerRateLimited, answerRaw } from '../support/provider-answers.ts'
import type { SdkCaller } from '../support/sdk-callers.ts'
import { expected, failureOf, forms, keysOf, openSdkWorld, sdkNames, type SdkWorld } from './sdk-world.ts'

let world: SdkWorld
beforeAll(async () => {
  world = await openSdkWorld()
})
afterAll(() => world.close())
beforeEach(() => world.begin())

describe.each(sdkNames)('the SDK of %s as it comes, with its own retries,', (name) => {
  const [one, two] = keysOf[name]
  /** Google's tries nothing again unless it is told to. */
  const triesAgain = name !== 'google'
  let sdk: SdkCaller
  let sent: number
  const counting: typeof fetch = (...request) => {
    sent++
    return fetch(...request)
  }
  beforeEach(() => {
    sent = 0
    sdk = world.caller(name, { fetch: counting })
  })

  test.each(forms)('%s: has nothing to try again when another key serves it', async (form) => {
    world.provider.behave(one, answerRateLimited({ reset: 'retry-after' }))
    expect(await sdk[form]()).toEqual(expected[form])
    expect({ sent, tried: world.tried(name) }).toEqual({ sent: 1, tried: [1, 2] })
  })

  test.each(forms)('%s: comes back when the last key’s limit says, and is served', async (form) => {
    const limit = answerRateLimited({ reset: 'retry-after-ms', seconds: 0.05 })
    for (const key of [one, two]) world.provider.behave(key, limit, answerModel())
    const served = await sdk[form]().catch((error: unknown) => sdk.statusOf(error))
    expect(served).toEqual(triesAgain ? expected[form] : 429)
    expect(sent).toBe(triesAgain ? 2 : 1)
    expect(world.tried(name)).toHaveLength(triesAgain ? 3 : 2)
  })

  test('makes no more of a failure than it would without a gateway', async () => {
    world.provider.behave(one, answerRaw(500, ['retry-after-ms', '1'], '{}'))
    expect(sdk.statusOf(await failureOf(sdk.text()))).toBe(500)
    expect({ sent, tried: world.tried(name) }).toEqual(
      triesAgain ? { sent: 3, tried: [1, 1, 1] } : { sent: 1, tried: [1] },
    )
  })

  test.each([
    ['a wrong token', 401, () => ({ apiKey: 'trase-wrong' })],
    ['a provider that is not there', 404, () => ({ gatewayUrl: `${world.gateway.httpUrl}/nowhere` })],
  ])('does not try again what cannot succeed: %s', async (_what, status, wrong) => {
    const refused = world.caller(name, { fetch: counting, ...wrong() })
    expect(refused.statusOf(await failureOf(refused.text()))).toBe(status)
    expect(sent).toBe(1)
  })
})
