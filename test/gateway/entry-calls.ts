// Calls to the OpenAI-compatible entry, and what became of them.
import { expect } from 'vitest'
import type { ReceivedRequest } from '../support/provider-behaviour.ts'
import { type Call, call, type Reply } from './client.ts'
import type { Room } from './room.ts'

/** Two keys for Anthropic, one for the others. */
export const keys = {
  ANTHROPIC_API_KEY: 'sk-ant-test-1',
  ANTHROPIC_API_KEY_2: 'sk-ant-test-2',
  OPENAI_API_KEY: 'sk-test-1',
  GEMINI_API_KEY: 'AIza-test-1',
  GROQ_API_KEY: 'gsk-test-1',
}
export const models = {
  default: 'openai/gpt-5',
  aliases: { sonnet: 'anthropic/claude-sonnet-5-5', fast: 'groq/openai/gpt-oss-20b' },
}

export const chat = '/v1/chat/completions'

export function ask({ url }: Room, body: unknown, options: Call & { readonly path?: string } = {}): Promise<Reply> {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return call(url, options.path ?? chat, { ...options, body: text })
}

/** What the provider got last: with which key, where, and which model. */
export function seen({ provider }: Room): { key: string; url: string; model: unknown } {
  const last = provider.received.at(-1) as ReceivedRequest // each caller has sent one
  const { model } = JSON.parse(last.body.toString()) as { model: unknown }
  return { key: last.key, url: last.url, model }
}

/** Status, our code and the sentence of a refusal. */
export function refused(reply: Reply): [number, string, string] {
  const { error } = JSON.parse(reply.text) as { error: { message: string; code: string; traseai: { code: string } } }
  expect(error.traseai.code).toBe(error.code)
  return [reply.status, error.code, error.message]
}
