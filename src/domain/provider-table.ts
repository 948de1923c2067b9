// The providers TraseAI knows from the start, and how the configuration changes and adds to them.
import { quoted, TraseError } from '../errors.ts'
import { parseProviderId, type ProviderId } from './ids.ts'
import type { AuthScheme, Dialect, Provider } from './provider.ts'
import { suggestionOr } from './suggest.ts'

interface Row {
  readonly name: string
  /** The shortest address that all of its API lies under: an SDK's base path goes behind `/<provider>`. */
  readonly baseUrl: string
  readonly envPrefix: string
  /** `bearer` unless said otherwise. */
  readonly auth?: AuthScheme
  /** `openai` unless said otherwise: what all the others imitate. */
  readonly dialect?: Dialect
  readonly fallbackVariables?: readonly string[]
  readonly liveAliases?: readonly string[]
  /** The path that the SDK of `baseUrlVariables`, or else the OpenAI SDK, expects in its base URL. */
  readonly path: string
  /** Only for an official SDK that a variable can point elsewhere: a client's token must not travel to the provider. */
  readonly baseUrlVariables?: readonly string[]
  readonly keyVariables?: readonly string[]
}

/** Each address from the page named beside it; the variables from the source of the vendor's own SDK. */
const table = {
  // docs.claude.com/en/api/overview · @anthropic-ai/sdk
  anthropic: {
    name: 'Anthropic',
    baseUrl: 'https://api.anthropic.com',
    auth: 'x-api-key',
    dialect: 'anthropic',
    envPrefix: 'ANTHROPIC',
    path: '',
    baseUrlVariables: ['ANTHROPIC_BASE_URL'],
    keyVariables: ['ANTHROPIC_API_KEY'],
  },
  // platform.openai.com/docs/api-reference/introduction · openai
  openai: {
    name: 'OpenAI',
    baseUrl: 'https://api.openai.com',
    envPrefix: 'OPENAI',
    path: '/v1',
    baseUrlVariables: ['OPENAI_BASE_URL'],
    keyVariables: ['OPENAI_API_KEY'],
  },
  // ai.google.dev/api · @google/genai, which prefers GOOGLE_API_KEY when both are set
  google: {
    name: 'Google Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com',
    auth: 'x-goog-api-key',
    dialect: 'google',
    envPrefix: 'GEMINI',
    fallbackVariables: ['GOOGLE_API_KEY'],
    liveAliases: ['GOOGLE'],
    path: '',
    baseUrlVariables: ['GOOGLE_GEMINI_BASE_URL'],
    keyVariables: ['GOOGLE_API_KEY', 'GEMINI_API_KEY'],
  },
  // openrouter.ai/docs/api-reference/overview
  openrouter: { name: 'OpenRouter', baseUrl: 'https://openrouter.ai/api', envPrefix: 'OPENROUTER', path: '/v1' },
  // console.groq.com/docs/api-reference · groq-sdk, which adds /openai/v1 itself
  groq: {
    name: 'Groq',
    baseUrl: 'https://api.groq.com',
    envPrefix: 'GROQ',
    path: '',
    baseUrlVariables: ['GROQ_BASE_URL'],
    keyVariables: ['GROQ_API_KEY'],
  },
  // docs.mistral.ai/api
  mistral: { name: 'Mistral', baseUrl: 'https://api.mistral.ai', envPrefix: 'MISTRAL', path: '/v1' },
  // docs.x.ai/docs/api-reference
  xai: { name: 'xAI', baseUrl: 'https://api.x.ai', envPrefix: 'XAI', path: '/v1' },
  // api-docs.deepseek.com
  deepseek: { name: 'DeepSeek', baseUrl: 'https://api.deepseek.com', envPrefix: 'DEEPSEEK', path: '' },
  // docs.together.ai/reference · together-ai
  together: {
    name: 'Together AI',
    baseUrl: 'https://api.together.xyz',
    envPrefix: 'TOGETHER',
    path: '/v1',
    baseUrlVariables: ['TOGETHER_BASE_URL'],
    keyVariables: ['TOGETHER_API_KEY'],
  },
  // docs.fireworks.ai/api-reference/introduction
  fireworks: {
    name: 'Fireworks AI',
    baseUrl: 'https://api.fireworks.ai',
    envPrefix: 'FIREWORKS',
    path: '/inference/v1',
  },
  // inference-docs.cerebras.ai/api-reference · @cerebras/cerebras_cloud_sdk, which adds /v1 itself
  cerebras: {
    name: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai',
    envPrefix: 'CEREBRAS',
    path: '',
    baseUrlVariables: ['CEREBRAS_BASE_URL'],
    keyVariables: ['CEREBRAS_API_KEY'],
  },
  // docs.perplexity.ai/api-reference
  perplexity: { name: 'Perplexity', baseUrl: 'https://api.perplexity.ai', envPrefix: 'PERPLEXITY', path: '' },
  // docs.cohere.com/reference/about · cohere for Python; the OpenAI imitation is at /compatibility/v1
  cohere: {
    name: 'Cohere',
    baseUrl: 'https://api.cohere.com',
    envPrefix: 'COHERE',
    path: '',
    baseUrlVariables: ['CO_API_URL'],
    keyVariables: ['CO_API_KEY'],
  },
  // platform.moonshot.ai/docs/api
  moonshot: { name: 'Moonshot AI', baseUrl: 'https://api.moonshot.ai', envPrefix: 'MOONSHOT', path: '/v1' },
  // docs.z.ai/guides/develop/http/introduction
  zai: { name: 'Z.AI', baseUrl: 'https://api.z.ai/api', envPrefix: 'ZAI', path: '/paas/v4' },
  // platform.minimax.io/docs/api-reference/text-openai-api
  minimax: { name: 'MiniMax', baseUrl: 'https://api.minimax.io', envPrefix: 'MINIMAX', path: '/v1' },
  // docs.api.nvidia.com/nim/reference
  nvidia: { name: 'NVIDIA NIM', baseUrl: 'https://integrate.api.nvidia.com', envPrefix: 'NVIDIA', path: '/v1' },
  // huggingface.co/docs/inference-providers
  huggingface: {
    name: 'Hugging Face',
    baseUrl: 'https://router.huggingface.co',
    envPrefix: 'HUGGINGFACE',
    path: '/v1',
  },
  // docs.github.com/rest/models/inference
  'github-models': {
    name: 'GitHub Models',
    baseUrl: 'https://models.github.ai',
    envPrefix: 'GITHUB_MODELS',
    path: '/inference',
  },
  // vercel.com/docs/ai-gateway/openai-compat
  'vercel-ai-gateway': {
    name: 'Vercel AI Gateway',
    baseUrl: 'https://ai-gateway.vercel.sh',
    envPrefix: 'AI_GATEWAY',
    path: '/v1',
  },
  // docs.sambanova.ai/cloud/docs
  sambanova: { name: 'SambaNova', baseUrl: 'https://api.sambanova.ai', envPrefix: 'SAMBANOVA', path: '/v1' },
  // deepinfra.com/docs/openai_api
  deepinfra: { name: 'DeepInfra', baseUrl: 'https://api.deepinfra.com', envPrefix: 'DEEPINFRA', path: '/v1/openai' },
} as const satisfies Record<string, Row>

export type BuiltInProviderId = keyof typeof table

/** The providers that need no configuration. */
export const builtInProviders: readonly Provider[] = Object.entries<Row>(table).map(([id, row]) => ({
  id: parseProviderId(id),
  name: row.name,
  baseUrl: row.baseUrl,
  auth: row.auth ?? 'bearer',
  dialect: row.dialect ?? 'openai',
  envPrefix: row.envPrefix,
  fallbackVariables: row.fallbackVariables ?? [],
  liveAliases: row.liveAliases ?? [],
  sdk: { baseUrlVariables: row.baseUrlVariables ?? [], keyVariables: row.keyVariables ?? [], path: row.path },
  origin: 'built-in',
}))

/** One entry of `models.providers` in traseai.json. */
export interface ConfiguredProvider {
  readonly baseUrl?: string | undefined
  readonly auth?: AuthScheme | undefined
  readonly envPrefix?: string | undefined
  readonly dialect?: Dialect | undefined
}

/** Ids that are the gateway's own paths (`/healthz`, and `/v1` as OpenAI's SDKs have it). */
const reservedIds: ReadonlySet<string> = new Set(['healthz', 'readyz', 'metrics', 'v1'])

/**
 * The built-in providers with the configuration's changes, then those that it adds, in its order. An added one is
 * `bearer` and speaks the `openai` dialect unless it says otherwise, and its id in capitals is its prefix.
 * @throws TraseError `configuration_invalid` for an id, address or prefix that cannot be one, or an added one without an address
 */
export function mergeProviders(
  builtIn: readonly Provider[],
  configured: Readonly<Record<string, ConfiguredProvider>>,
): Provider[] {
  const merged = new Map(builtIn.map((provider) => [provider.id, provider]))
  for (const [id, settings] of Object.entries(configured)) {
    const providerId = configuredId(id)
    merged.set(providerId, changed(merged.get(providerId) ?? added(providerId, settings), settings))
  }
  return [...merged.values()]
}

/** @throws TraseError `not_found` with a suggestion */
export function findProvider(providers: readonly Provider[], id: string): Provider {
  const found = providers.find((provider) => provider.id === id)
  if (found) return found
  const ids = providers.map((provider) => provider.id)
  const hint = suggestionOr(id, ids, `known providers: ${ids.join(', ')}`)
  throw new TraseError('not_found', `unknown provider ${quoted(id)}`, { hint })
}

function added(id: ProviderId, settings: ConfiguredProvider): Provider {
  if (settings.baseUrl === undefined) {
    throw invalid(id, 'needs a baseUrl', `add "baseUrl": "https://…", or name one of the built-in providers`)
  }
  return {
    id,
    name: id,
    baseUrl: settings.baseUrl,
    auth: 'bearer',
    dialect: 'openai',
    envPrefix: id.toUpperCase().replaceAll('-', '_'),
    fallbackVariables: [],
    liveAliases: [],
    sdk: { baseUrlVariables: [], keyVariables: [], path: '' },
    origin: 'configuration',
  }
}

function changed(provider: Provider, settings: ConfiguredProvider): Provider {
  const { baseUrl, auth, envPrefix, dialect } = settings
  // Checked here and not in `added`: a prefix made of an id may start with a digit, which no variable can.
  const prefix = envPrefix ?? provider.envPrefix
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(prefix)) {
    throw invalid(
      provider.id,
      `envPrefix ${quoted(prefix)} cannot start a variable's name`,
      'use letters, digits and underscores, such as "ACME"',
    )
  }
  return {
    ...provider,
    baseUrl: baseUrl === undefined ? provider.baseUrl : normalisedUrl(provider.id, baseUrl),
    auth: auth ?? provider.auth,
    dialect: dialect ?? provider.dialect,
    envPrefix: prefix,
    origin: baseUrl === undefined ? provider.origin : 'configuration',
  }
}

function configuredId(id: string): ProviderId {
  if (reservedIds.has(id)) throw invalid(id, 'has an id that is a path of the gateway itself', 'choose another id')
  try {
    return parseProviderId(id)
  } catch (cause) {
    const message = `models.providers: ${quoted(id)} is not a provider id`
    const hint = 'use lower-case letters, digits and dashes, such as acme'
    throw new TraseError('configuration_invalid', message, { hint, cause })
  }
}

/** The address without a slash at its end. The value is not repeated in the error: it may hold a password. */
function normalisedUrl(id: ProviderId, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const hint = 'expected an address such as https://llm.acme.test'
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw invalid(id, 'baseUrl is not an http or https address', hint)
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(id, 'baseUrl holds a user name or password', 'keep secrets in .env')
  }
  if (/[?#]/.test(text)) throw invalid(id, 'baseUrl has a query or a fragment', hint)
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function invalid(id: string, what: string, hint: string): TraseError {
  return new TraseError('configuration_invalid', `models.providers.${id}: ${what}`, { hint })
}
