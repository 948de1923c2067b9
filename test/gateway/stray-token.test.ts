// The client's own token never goes to a provider, wherever else the client put it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from './client.ts'
import { openRoom, type Room, token } from './room.ts'

let room: Room
beforeAll(async () => {
  room = await openRoom({ env: { OPENAI_API_KEY: 'sk-test-1', GEMINI_API_KEY: 'AIza-test-1' } })
})
afterAll(() => room.close())

const openai = '/openai/v1/chat/completions'
const google = '/google/v1beta/models/m:generateContent'

test.each([
  ['in the query of a provider that takes no key there', `${openai}?key=${token}`, {}],
  ['in the query under another name', `${google}?KEY=${token}`, {}],
  ['in a cookie', openai, { cookie: `a=1; key=${token}` }],
  ['in a header of another provider', openai, { 'api-key': token }],
])('%s: the request is refused, in words', async (_, path, headers) => {
  const before = room.provider.received.length
  const { status, text } = await call(room.url, path, { headers })
  expect(status).toBe(400)
  expect(text).toContain('the gateway token is also where the provider would get it')
  expect(text).not.toContain(token)
  expect(room.provider.received).toHaveLength(before)
})

test.each(['X_Api_Key', 'x-goog_api-key', 'Authorization_', 'Transfer_Encoding', 'X_Traseai_Profile'])(
  'a header that others read as one of those that end here: %s',
  async (name) => {
    const { status } = await call(room.url, openai, { headers: { [name]: 'something' } })
    expect(status).toBe(200)
    const { rawHeaders = [] } = room.provider.received.at(-1) ?? {}
    expect(rawHeaders.includes(name)).toBe(name === 'Authorization_')
  },
)
