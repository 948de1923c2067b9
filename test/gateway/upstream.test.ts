// The connections to providers, against real servers.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import { realHost } from '../../src/host.ts'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'
import { openUpstream, type Upstream } from '../../src/gateway/upstream/upstream.ts'

const world = {
  host: realHost({ env: {} }),
  settings: () => defaultConfiguration().gateway.upstream,
}

/** A provider that answers when it is told to. */
async function openProvider() {
  const waiting: ServerResponse[] = []
  const server = createServer((_request, response) => waiting.push(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting,
    connections: () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count))),
  }
}

/** Resolves to the status of a request's answer once that is complete. */
function request(upstream: Upstream, baseUrl: string): Promise<number> {
  const [provider] = builtInProviders
  if (!provider) throw new Error('there is no provider')
  return new Promise((resolve, reject) => {
    let status = 0
    const options = { method: 'GET', path: '/', headers: [], body: null }
    upstream.dispatch({ ...provider, baseUrl }, options, {
      onHead: (head) => void (status = head.status),
      onBody() {},
      onEnd: () => resolve(status),
      onError: reject,
    })
  })
}

test('of more than 64 addresses the one unused longest is let go, after the answer that is under way', async () => {
  const upstream = openUpstream(world)
  onTestFinished(() => upstream.close())
  const providers = await Promise.all(Array.from({ length: 65 }, openProvider))
  const answers: Promise<number>[] = []
  for (const { baseUrl, waiting } of providers) {
    answers.push(request(upstream, baseUrl))
    await expect.poll(() => waiting.length, { interval: 1 }).toBe(1)
  }
  for (const { waiting } of providers) waiting[0]?.end()
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]))
  await expect.poll(() => providers[0]?.connections(), { interval: 1 }).toBe(0)
  expect(await providers[1]?.connections()).toBe(1)
})

test('an address that was let go is served again', async () => {
  const upstream = openUpstream(world)
  onTestFinished(() => upstream.close())
  const providers = await Promise.all(Array.from({ length: 66 }, openProvider))
  for (const { baseUrl, waiting } of [...providers, ...providers.slice(0, 1)]) {
    const answer = request(upstream, baseUrl)
    await expect.poll(() => waiting.length, { interval: 1 }).toBeGreaterThan(0)
    waiting.pop()?.end()
    expect(await answer).toBe(200)
  }
})

test('the end also cuts the answers of an address that was let go', async () => {
  const upstream = openUpstream(world)
  const providers = await Promise.all(Array.from({ length: 65 }, openProvider))
  const answers = providers.map(({ baseUrl }) => request(upstream, baseUrl))
  const outcomes = Promise.allSettled(answers)
  await expect.poll(() => providers.every(({ waiting }) => waiting.length === 1), { interval: 1 }).toBe(true)
  upstream.close()
  expect(new Set((await outcomes).map(({ status }) => status))).toEqual(new Set(['rejected']))
})
