// Where each provider serves the paths of OpenAI's API, and how it wants its key there: what the gateway's own /v1 leads to.
import { entryOf } from './entities.ts'
import type { BuiltInProviderId } from './provider-table.ts'
import type { Dialect, Provider } from './provider.ts'

/** What the gateway serves behind its /v1, as OpenAI names it. */
export const openAiEndpoints = ['chat/completions', 'completions', 'responses', 'embeddings'] as const
export type OpenAiEndpoint = (typeof openAiEndpoints)[number]

/** Paths behind the provider's base URL; null for what it does not have. */
export type OpenAiPaths = Readonly<Record<OpenAiEndpoint, string | null>>

function under(base: string, ...endpoints: readonly OpenAiEndpoint[]): OpenAiPaths {
  const paths = openAiEndpoints.map((endpoint) => [
    endpoint,
    endpoints.includes(endpoint) ? `${base}/${endpoint}` : null,
  ])
  return Object.fromEntries(paths) as OpenAiPaths // made of every endpoint
}

const chat = 'chat/completions'

const byDialect = {
  // platform.claude.com/docs/en/api/openai-sdk: the OpenAI SDK as it is, so with a bearer token
  anthropic: under('/v1', chat),
  // platform.openai.com/docs/api-reference
  openai: under('/v1', chat, 'completions', 'responses', 'embeddings'),
  // ai.google.dev/gemini-api/docs/openai
  google: under('/v1beta/openai', chat, 'embeddings'),
} as const satisfies Record<Dialect, OpenAiPaths>

/** What a provider's own reference names, on the page beside it. */
const byProvider = {
  anthropic: byDialect.anthropic,
  openai: byDialect.openai,
  google: byDialect.google,
  // openrouter.ai/docs/api-reference/overview
  openrouter: under('/v1', chat, 'completions', 'responses', 'embeddings'),
  // console.groq.com/docs/openai, console.groq.com/docs/responses-api; embeddings from the source of groq-sdk
  groq: under('/openai/v1', chat, 'responses', 'embeddings'),
  // docs.mistral.ai/api
  mistral: under('/v1', chat, 'embeddings'),
  // docs.x.ai/developers/rest-api-reference/inference
  xai: under('/v1', chat, 'completions', 'responses', 'embeddings'),
  // api-docs.deepseek.com; its completions are at another base
  deepseek: under('', chat),
  // docs.together.ai/docs/inference/openai-compatibility
  together: under('/v1', chat, 'completions', 'embeddings'),
  // docs.fireworks.ai/tools-sdks/openai-compatibility, docs.fireworks.ai/guides/response-api
  fireworks: under('/inference/v1', chat, 'completions', 'responses', 'embeddings'),
  // inference-docs.cerebras.ai/resources/openai
  cerebras: under('/v1', chat, 'completions'),
  // docs.perplexity.ai/api-reference, docs.perplexity.ai/docs/agent-api/openai-compatibility
  perplexity: { ...under('', chat), responses: '/v1/responses' },
  // docs.cohere.com/docs/compatibility-api
  cohere: under('/compatibility/v1', chat, 'embeddings'),
  // platform.moonshot.ai/docs/api/chat
  moonshot: under('/v1', chat),
  // docs.z.ai/guides/develop/openai/introduction
  zai: under('/paas/v4', chat),
  // platform.minimax.io/docs/api-reference/text-openai-api
  minimax: under('/v1', chat, 'responses'),
  // docs.api.nvidia.com/nim/reference
  nvidia: under('/v1', chat, 'completions', 'embeddings'),
  // huggingface.co/docs/inference-providers/guides/responses-api
  huggingface: under('/v1', chat, 'responses'),
  // docs.github.com/rest/models/inference, docs.github.com/rest/models/embeddings
  'github-models': under('/inference', chat, 'embeddings'),
  // vercel.com/docs/ai-gateway/sdks-and-apis
  'vercel-ai-gateway': under('/v1', chat, 'responses', 'embeddings'),
  // docs.sambanova.ai/docs/en/features/openai-compatibility
  sambanova: under('/v1', chat, 'completions', 'responses', 'embeddings'),
  // deepinfra.com/docs/openai_api
  deepinfra: under('/v1/openai', chat, 'completions', 'embeddings'),
} as const satisfies Record<BuiltInProviderId, OpenAiPaths>

/** A provider as it is spoken to in OpenAI's way. */
export interface OpenAiSide {
  /** The same provider, with the key in the header that these paths take. */
  readonly provider: Provider
  readonly paths: OpenAiPaths
}

/**
 * For paths that imitate OpenAI's, Anthropic and Google take their key as OpenAI does; whoever speaks it anyway takes it as ever. The dialect
 * stays the provider's own: it says which limits and errors it has, and those are told by their shape wherever they come from.
 */
export function openAiSide(provider: Provider): OpenAiSide {
  const paths = pathsOf(provider)
  return { provider: provider.dialect === 'openai' ? provider : { ...provider, auth: 'bearer' }, paths }
}

/** Those of the provider itself; one that the configuration adds has those of its dialect. */
function pathsOf({ id, dialect, baseUrl }: Provider): OpenAiPaths {
  const own = entryOf<OpenAiPaths>(byProvider, id)
  if (own) return own
  // The version may be part of the address already: `https://llm.acme.test/v1`.
  if (!/\/v\d+(?:beta)?$/.test(baseUrl)) return byDialect[dialect]
  const paths = Object.entries<string | null>(byDialect[dialect])
  return Object.fromEntries(paths.map(([endpoint, path]) => [endpoint, withoutVersion(path)])) as OpenAiPaths // the same endpoints
}

function withoutVersion(path: string | null): string | null {
  return path === null ? null : path.replace(/^\/v\d+(?:beta)?(?=\/)/, '')
}
