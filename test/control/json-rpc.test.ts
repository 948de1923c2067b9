// The examples of the JSON-RPC 2.0 specification, section 7, with our methods in place of `subtract` and `sum`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'

let gateway: GatewayProcess
let caller: RawSocket

beforeAll(async () => {
  gateway = await startGateway({ env: { ANTHROPIC_API_KEY: 'sk-ant-test-0000000000000000' } })
  caller = await openRawSocket(gateway.socket)
})

afterAll(async () => {
  caller.close()
  await gateway.stop()
})

const order = { agent: 'main', profileIds: ['anthropic:ANTHROPIC_API_KEY'], origin: 'default' }
const failure = (code: number, message: string, id: unknown): unknown => ({
  jsonrpc: '2.0',
  error: expect.objectContaining({ code, message }) as unknown,
  id,
})
const invalidRequest = failure(-32600, 'Invalid Request', null)

async function answerTo(line: string): Promise<unknown> {
  caller.send(`${line}\n`)
  return await caller.next()
}

/** What is sent is not answered if the answer to the next request is the first that comes. */
async function expectNoAnswerTo(line: string): Promise<void> {
  caller.send(`${line}\n`)
  const answer = await answerTo(
    '{"jsonrpc": "2.0", "method": "order.get", "params": {"provider": "anthropic"}, "id": "next"}',
  )
  expect(answer).toEqual({ jsonrpc: '2.0', result: order, id: 'next' })
}

describe('the control socket speaks JSON-RPC 2.0:', () => {
  it('a call with named parameters, in any order of its members', async () => {
    const expected = (id: number): unknown => ({ jsonrpc: '2.0', result: order, id })
    const params = '{"provider": "anthropic", "agent": "main"}'
    expect(await answerTo(`{"jsonrpc": "2.0", "method": "order.get", "params": ${params}, "id": 3}`)).toEqual(
      expected(3),
    )
    const swapped = '{"agent": "main", "provider": "anthropic"}'
    expect(await answerTo(`{"id": 4, "params": ${swapped}, "method": "order.get", "jsonrpc": "2.0"}`)).toEqual(
      expected(4),
    )
  })

  it('a call with positional parameters, which our methods do not take', async () => {
    const answer = await answerTo('{"jsonrpc": "2.0", "method": "order.get", "params": ["anthropic"], "id": 1}')
    expect(answer).toEqual(failure(-32602, 'Invalid params', 1))
    expect(answer).toMatchObject({
      error: { data: { issues: [{ path: '', message: expect.any(String) as unknown }] } },
    })
  })

  it('a notification', async () => {
    await expectNoAnswerTo('{"jsonrpc": "2.0", "method": "order.get", "params": {"provider": "anthropic"}}')
    await expectNoAnswerTo('{"jsonrpc": "2.0", "method": "foobar"}')
    await expectNoAnswerTo('{"jsonrpc": "2.0", "method": "order.get", "params": {"provider": 1}}')
  })

  it('a call of a method that does not exist', async () => {
    const answer = await answerTo('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}')
    expect(answer).toEqual(failure(-32601, 'Method not found', '1'))
  })

  it('a call with invalid JSON', async () => {
    const answer = await answerTo('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]')
    expect(answer).toEqual({ jsonrpc: '2.0', error: { code: -32700, message: 'Parse error' }, id: null })
  })

  it('a call with an invalid request object', async () => {
    expect(await answerTo('{"jsonrpc": "2.0", "method": 1, "params": "bar"}')).toEqual(invalidRequest)
  })

  it('a batch with invalid JSON', async () => {
    const line = '[ {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method" ]'
    expect(await answerTo(line)).toEqual(failure(-32700, 'Parse error', null))
  })

  it('an empty array', async () => {
    expect(await answerTo('[]')).toEqual(invalidRequest)
  })

  it('an invalid batch, but not an empty one', async () => {
    expect(await answerTo('[1]')).toEqual([invalidRequest])
  })

  it('an invalid batch', async () => {
    expect(await answerTo('[1,2,3]')).toEqual([invalidRequest, invalidRequest, invalidRequest])
  })

  it('a batch of calls, notifications and what is neither', async () => {
    const answers = await answerTo(
      `[
      {"jsonrpc": "2.0", "method": "order.get", "params": {"provider": "anthropic"}, "id": "1"},
      {"jsonrpc": "2.0", "method": "order.get", "params": {"provider": "anthropic"}},
      {"jsonrpc": "2.0", "method": "order.get", "params": ["anthropic"], "id": "2"},
      {"foo": "boo"},
      {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
      {"jsonrpc": "2.0", "method": "cooldowns.list", "id": "9"}
    ]`.replaceAll('\n', ' '),
    )
    const expected = [
      { jsonrpc: '2.0', result: order, id: '1' },
      failure(-32602, 'Invalid params', '2'),
      invalidRequest,
      failure(-32601, 'Method not found', '5'),
      { jsonrpc: '2.0', result: [], id: '9' },
    ]
    expect(answers).toHaveLength(expected.length)
    expect(answers).toEqual(expect.arrayContaining(expected))
  })

  it('a batch of notifications, which is answered by nothing', async () => {
    const notification = '{"jsonrpc": "2.0", "method": "order.get", "params": {"provider": "anthropic"}}'
    await expectNoAnswerTo(`[${notification}, ${notification}]`)
  })
})

describe('beyond the examples of the specification,', () => {
  it('a batch of one call is answered by an array of one', async () => {
    const answer = await answerTo('[{"jsonrpc": "2.0", "method": "cooldowns.list", "id": 1}]')
    expect(answer).toEqual([{ jsonrpc: '2.0', result: [], id: 1 }])
  })

  it('null and an array of null are invalid requests', async () => {
    expect(await answerTo('null')).toEqual(invalidRequest)
    expect(await answerTo('[null]')).toEqual([invalidRequest])
  })

  it('an id that is no string, number or null is refused', async () => {
    expect(await answerTo('{"jsonrpc": "2.0", "method": "cooldowns.list", "id": {}}')).toEqual(invalidRequest)
    const answer = await answerTo('{"jsonrpc": "2.0", "method": "cooldowns.list", "id": null}')
    expect(answer).toEqual({ jsonrpc: '2.0', result: [], id: null })
  })

  it('a wrong version or parameters that are no structure are refused', async () => {
    const refused = failure(-32600, 'Invalid Request', 7)
    expect(await answerTo('{"jsonrpc": "1.0", "method": "cooldowns.list", "id": 7}')).toEqual(refused)
    expect(await answerTo('{"jsonrpc": "2.0", "method": "cooldowns.list", "params": null, "id": 7}')).toEqual(refused)
  })

  it('a method that every object has is not a method', async () => {
    const answer = await answerTo('{"jsonrpc": "2.0", "method": "constructor", "id": 1}')
    expect(answer).toEqual(failure(-32601, 'Method not found', 1))
  })

  it('a mistyped method gets a suggestion', async () => {
    const answer = await answerTo('{"jsonrpc": "2.0", "method": "order.gte", "id": 1}')
    expect(answer).toMatchObject({ error: { code: -32601, data: { hint: 'did you mean order.get?' } } })
  })

  it('a wrong parameter is named', async () => {
    const answer = await answerTo(
      '{"jsonrpc": "2.0", "method": "audit.log", "params": {"limit": 0, "typ": "x"}, "id": 1}',
    )
    expect(answer).toMatchObject({ error: { code: -32602, message: 'Invalid params' } })
    const { error } = answer as { error: { data: { issues: { path: string }[] } } }
    expect(error.data.issues).toContainEqual({ path: 'limit', message: 'expected at least 1' })
  })

  it('our own failures have a positive code, a name and a hint', async () => {
    const answer = await answerTo(
      '{"jsonrpc": "2.0", "method": "order.get", "params": {"provider": "antropic"}, "id": 1}',
    )
    expect(answer).toMatchObject({
      error: { code: 101, data: { code: 'not_found', hint: expect.stringContaining('anthropic') as unknown } },
    })
  })

  it('a batch of a hundred is answered, one more is refused', async () => {
    const calls = (count: number): string =>
      JSON.stringify(Array.from({ length: count }, (_, id) => ({ jsonrpc: '2.0', method: 'cooldowns.list', id })))
    expect(await answerTo(calls(100))).toHaveLength(100)
    expect(await answerTo(calls(101))).toEqual(invalidRequest)
  })

  it('ten thousand calls at once are all answered, once each', async () => {
    const ids = Array.from({ length: 10_000 }, (_, id) => id)
    caller.send(ids.map((id) => `{"jsonrpc":"2.0","method":"cooldowns.list","id":${id}}\n`).join(''))
    const answered: unknown[] = []
    while (answered.length < ids.length) answered.push(((await caller.next()) as { id: unknown }).id)
    expect(answered.sort((left, right) => Number(left) - Number(right))).toEqual(ids)
  })

  it('a caller that has said everything gets its answers, then the end', async () => {
    const once = await openRawSocket(gateway.socket)
    once.socket.end(
      '{"jsonrpc":"2.0","method":"cooldowns.list","id":1}\n{"jsonrpc":"2.0","method":"cooldowns.list","id":2}',
    )
    expect([await once.next(), await once.next()]).toEqual([
      { jsonrpc: '2.0', result: [], id: 1 },
      { jsonrpc: '2.0', result: [], id: 2 },
    ])
    expect(await once.next()).toBeNull()
  })
})
