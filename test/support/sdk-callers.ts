// The published SDKs behind one face: a text or a call of a tool, whole or as a stream, as a program that uses them writes it.
import Anthropic from '@anthropic-ai/sdk'
import { ApiError, GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { toolName } from './model-answers.ts'
import type { ProviderDialect } from './provider-behaviour.ts'

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Called with each piece of text as the program gets it. */
  readonly onText?: (text: string) => void
}

export interface ToolCall {
  readonly name: string
  readonly input: unknown
}

export interface SdkCaller {
  text(options?: CallOptions): Promise<string>
  textStream(options?: CallOptions): Promise<string>
  tool(options?: CallOptions): Promise<ToolCall>
  toolStream(options?: CallOptions): Promise<ToolCall>
  /** Undefined for an error without one, such as a lost connection. */
  statusOf(error: unknown): unknown
}

export interface SdkOptions {
  readonly gatewayUrl: string
  readonly apiKey: string
  readonly model: string
  /** The SDK's own; undefined leaves its default. */
  readonly maxRetries?: 0
  /** What the SDK sends its requests with. */
  readonly fetch?: typeof fetch
}

export const sdkCallers: Readonly<Record<ProviderDialect, (options: SdkOptions) => SdkCaller>> = {
  anthropic: anthropicCaller,
  openai: openaiCaller,
  google: googleCaller,
}

const question = 'How is the weather?'
const schema = { type: 'object' as const, properties: { city: { type: 'string' } } }

function anthropicCaller({ gatewayUrl, apiKey, model, ...options }: SdkOptions): SdkCaller {
  const sdk = new Anthropic({ baseURL: `${gatewayUrl}/anthropic`, apiKey, ...options })
  const asked = { model, max_tokens: 16, messages: [{ role: 'user' as const, content: question }] }
  const withTools = { ...asked, tools: [{ name: toolName, input_schema: schema }] }
  const toolOf = ({ content }: Anthropic.Message): ToolCall => {
    const block = content.find(({ type }) => type === 'tool_use')
    if (block?.type !== 'tool_use') throw new Error('no tool was called')
    return { name: block.name, input: block.input }
  }
  return {
    async text({ signal } = {}) {
      const { content } = await sdk.messages.create(asked, { signal })
      return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
    },
    textStream({ signal, onText } = {}) {
      const stream = sdk.messages.stream(asked, { signal })
      if (onText) stream.on('text', onText)
      return stream.finalText()
    },
    tool: async ({ signal } = {}) => toolOf(await sdk.messages.create(withTools, { signal })),
    toolStream: async ({ signal } = {}) => toolOf(await sdk.messages.stream(withTools, { signal }).finalMessage()),
    statusOf: (error) => (error instanceof Anthropic.APIError ? (error.status as unknown) : undefined),
  }
}

function openaiCaller({ gatewayUrl, apiKey, model, ...options }: SdkOptions): SdkCaller {
  const sdk = new OpenAI({ baseURL: `${gatewayUrl}/openai/v1`, apiKey, ...options })
  const asked = { model, messages: [{ role: 'user' as const, content: question }] }
  const withTools = {
    ...asked,
    tools: [{ type: 'function' as const, function: { name: toolName, parameters: schema } }],
  }
  const toolOf = ({ choices }: OpenAI.ChatCompletion): ToolCall => {
    const call = choices[0]?.message.tool_calls?.[0]
    if (call?.type !== 'function') throw new Error('no tool was called')
    return { name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }
  }
  return {
    async text({ signal } = {}) {
      const { choices } = await sdk.chat.completions.create(asked, { signal })
      return choices[0]?.message.content ?? ''
    },
    async textStream({ signal, onText } = {}) {
      let text = ''
      for await (const { choices } of await sdk.chat.completions.create({ ...asked, stream: true }, { signal })) {
        const piece = choices[0]?.delta.content ?? ''
        if (piece !== '') onText?.(piece)
        text += piece
      }
      return text
    },
    tool: async ({ signal } = {}) => toolOf(await sdk.chat.completions.create(withTools, { signal })),
    toolStream: async ({ signal } = {}) =>
      toolOf(await sdk.chat.completions.stream(withTools, { signal }).finalChatCompletion()),
    statusOf: (error) => (error instanceof OpenAI.APIError ? (error.status as unknown) : undefined),
  }
}

function googleCaller({ gatewayUrl, apiKey, model, maxRetries, ...options }: SdkOptions): SdkCaller {
  const retries = maxRetries === 0 ? { retryOptions: { attempts: 1 } } : {}
  const sdk = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${gatewayUrl}/google`, ...retries, ...options } })
  const asked = (signal: AbortSignal | undefined, more: object = {}) => ({
    model,
    contents: question,
    config: { ...(signal ? { abortSignal: signal } : {}), ...more },
  })
  const tools = { tools: [{ functionDeclarations: [{ name: toolName, parametersJsonSchema: schema }] }] }
  const toolOf = (calls: readonly { name?: string; args?: unknown }[] | undefined): ToolCall => {
    const call = calls?.[0]
    if (call?.name === undefined) throw new Error('no tool was called')
    return { name: call.name, input: call.args }
  }
  return {
    text: async ({ signal } = {}) => (await sdk.models.generateContent(asked(signal))).text ?? '',
    async textStream({ signal, onText } = {}) {
      let text = ''
      for await (const chunk of await sdk.models.generateContentStream(asked(signal))) {
        onText?.(chunk.text ?? '')
        text += chunk.text ?? ''
      }
      return text
    },
    tool: async ({ signal } = {}) => toolOf((await sdk.models.generateContent(asked(signal, tools))).functionCalls),
    async toolStream({ signal } = {}) {
      const calls = []
      for await (const chunk of await sdk.models.generateContentStream(asked(signal, tools))) {
        calls.push(...(chunk.functionCalls ?? []))
      }
      return toolOf(calls)
    },
    statusOf: (error) => (error instanceof ApiError ? error.status : undefined),
  }
}
