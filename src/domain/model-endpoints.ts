// Where each provider lists its models, and which free endpoint of it tells whether it takes a credential.
import { entryOf } from './entities.ts'
import type { BuiltInProviderId } from './provider-table.ts'
import type { Dialect, Provider } from './provider.ts'

/** Paths behind the provider's base URL; null when there is none. */
export interface ModelEndpoints {
  /** All models, or as many as one answer holds. */
  readonly models: string | null
  /** Costs nothing, and is refused for a credential that the provider does not take. */
  readonly probe: string | null
}

/** A list that needs a credential is its probe as well, with as few models in the answer as can be asked for. */
function list(models: string, probe: string = models): { readonly models: string; readonly probe: string } {
  return { models, probe }
}

const byDialect = {
  // docs.claude.com/en/api/models-list
  anthropic: list('/v1/models?limit=1000', '/v1/models?limit=1'),
  // platform.openai.com/docs/api-reference/models/list
  openai: list('/v1/models'),
  // ai.google.dev/api/models
  google: list('/v1beta/models?pageSize=1000', '/v1beta/models?pageSize=1'),
} as const satisfies Record<Dialect, ModelEndpoints>

/** A list that anybody may read says nothing of a key: its provider has another endpoint for that, or none. */
const byProvider = {
  anthropic: byDialect.anthropic,
  openai: byDialect.openai,
  google: byDialect.google,
  // openrouter.ai/docs/api-reference/api-keys/get-current-key
  openrouter: list('/v1/models', '/v1/key'),
  // console.groq.com/docs/api-reference#models-list
  groq: list('/openai/v1/models'),
  // docs.mistral.ai/api/endpoint/models
  mistral: list('/v1/models'),
  // docs.x.ai/docs/api-reference#list-models
  xai: list('/v1/models'),
  // api-docs.deepseek.com/api/list-models
  deepseek: list('/models'),
  // docs.together.ai/reference/models-1
  together: list('/v1/models'),
  // docs.fireworks.ai/tools-sdks/openai-compatibility
  fireworks: list('/inference/v1/models'),
  // inference-docs.cerebras.ai/api-reference/models
  cerebras: list('/v1/models'),
  // docs.perplexity.ai/api-reference/async-chat-completions-get; it lists no models
  perplexity: { models: null, probe: '/async/chat/completions' },
  // docs.cohere.com/reference/list-models
  cohere: list('/v1/models?page_size=1000', '/v1/models?page_size=1'),
  // platform.moonshot.ai/docs/api/list-models
  moonshot: list('/v1/models'),
  // docs.z.ai/guides/develop/openai/introduction
  zai: list('/paas/v4/models'),
  // platform.minimax.io/docs/api-reference/models/openai/list-models
  minimax: list('/v1/models'),
  // docs.api.nvidia.com/nim/reference
  nvidia: { models: '/v1/models', probe: null },
  // huggingface.co/docs/inference-providers; whether a token is taken says another host
  huggingface: { models: '/v1/models', probe: null },
  // docs.github.com/rest/models/catalog
  'github-models': list('/catalog/models'),
  // vercel.com/docs/ai-gateway
  'vercel-ai-gateway': list('/v1/models', '/v1/credits'),
  // docs.sambanova.ai/cloud/api-reference/endpoints/model-list
  sambanova: { models: '/v1/models', probe: null },
  // deepinfra.com/docs/openai_api, deepinfra.com/docs/api-reference
  deepinfra: list('/v1/openai/models', '/v1/me'),
} as const satisfies Record<BuiltInProviderId, ModelEndpoints>

/** Those of the provider itself; one that the configuration adds has those of its dialect. */
export function modelEndpoints({ id, dialect, baseUrl }: Provider): ModelEndpoints {
  const own = entryOf<ModelEndpoints>(byProvider, id)
  if (own) return own
  const { models, probe } = byDialect[dialect]
  // The version may be part of the address already: `https://llm.acme.test/v1`.
  const cut = /\/v\d+(?:beta)?$/.test(baseUrl) ? /^\/v\d+(?:beta)?(?=\/)/ : /^$/
  return { models: models.replace(cut, ''), probe: probe.replace(cut, '') }
}
