// Which variable somebody most likely meant whose name no provider reads.
import { fixedVariables, ownersByName } from './key-variables.ts'
import type { Provider } from './provider.ts'
import { suggest } from './suggest.ts'

/** Credentials that other programs read under names of their own, and the command that stores what such a variable holds. */
const tokensOfOthers: Readonly<Record<string, string>> = {
  ANTHROPIC_AUTH_TOKEN: 'anthropic', // code.claude.com/docs/en/settings
  CLAUDE_CODE_OAUTH_TOKEN: 'anthropic',
}
/** What people call a provider whose variables have another name. */
const otherPrefixes: Readonly<Record<string, string>> = {
  CLAUDE: 'ANTHROPIC',
  CHATGPT: 'OPENAI',
  GOOGLE_AI: 'GEMINI',
  GROK: 'XAI',
  HF: 'HUGGINGFACE',
}

/**
 * What to do about a variable that looks like a key and is none of any provider: `did you mean …?`, or how to store it.
 * Null for one that is read, and for one that is like none.
 */
export function nearKeyVariable(name: string, providers: readonly Provider[]): string | null {
  if (ownersByName(providers)(name).length > 0) return null
  const owner = Object.hasOwn(tokensOfOthers, name) ? tokensOfOthers[name] : undefined
  if (owner !== undefined) return `store what it holds: traseai models auth paste-token --provider ${owner}`
  const meant = meantVariable(name.toUpperCase(), providers)
  return meant === undefined ? null : `did you mean ${meant}?`
}

function meantVariable(name: string, providers: readonly Provider[]): string | undefined {
  if (!/KEY|TOKEN|SECRET/.test(name)) return undefined
  if (ownersByName(providers)(name).length > 0) return name // only its case is wrong
  const [, single, number] = /^(.*_API_KEY)-?(\d+)$/.exec(name) ?? []
  if (single !== undefined && ownersByName(providers)(single).length > 0) return `${single}_${number}`
  const [, prefix = ''] = /^(.*?)_?(?:API_?)?(?:KEY|TOKEN|SECRET)S?$/.exec(name) ?? []
  const known = new Set(providers.map(({ envPrefix }) => envPrefix))
  const own = known.has(prefix) ? prefix : Object.hasOwn(otherPrefixes, prefix) ? otherPrefixes[prefix] : undefined
  if (own !== undefined && known.has(own)) return `${own}_API_KEY${name.endsWith('KEYS') ? 'S' : ''}`
  return suggest(
    name,
    providers.flatMap((provider) => fixedVariables(provider).map((variable) => variable.name)),
  )
}
