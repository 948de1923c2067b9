// What the JSON files of other tools say about keys, one reader a file.
import { isRecord } from '../../../../domain/json-record.ts'
import { isPlausible, nothing, type FoundKind, type PlacedKey, providerNamed, type Reading } from '../found-key.ts'
import { keysOfVariables, type Variables } from './variables.ts'

type Json = Readonly<Record<string, unknown>>

/** `.credentials.json` of Claude Code: its sign-in, which stays its own. */
export function readClaudeCredentials(file: unknown): Reading {
  if (!isRecord(record(file)['claudeAiOauth'])) return nothing
  return remark(
    'Claude Code is signed in. Its token stays with it: two programs that refresh one token log each other out. ' +
      'A token for the gateway alone comes from: claude setup-token',
  )
}

/** `settings.json` of Claude Code, docs.claude.com/en/docs/claude-code/settings. */
export function readClaudeSettings(file: unknown): Reading {
  const { env, apiKeyHelper } = record(file)
  const { keys, remarks } = keysOfVariables(texts(env))
  const helper = typeof apiKeyHelper === 'string' ? ['a program (apiKeyHelper) makes its keys: not taken'] : []
  return { keys, remarks: [...remarks, ...helper] }
}

/** `~/.claude.json`: the key that a sign-in at the console has made. */
export function readClaudeState(file: unknown): Reading {
  return keysOf([['anthropic', record(file)['primaryApiKey']]])
}

/** `auth.json` of Codex, developers.openai.com/codex/auth: a key, or a sign-in with ChatGPT. */
export function readCodex(file: unknown): Reading {
  const { OPENAI_API_KEY: key, tokens } = record(file)
  const { keys } = keysOf([['openai', key]])
  const signedIn = isRecord(tokens) ? ['Codex is signed in with ChatGPT; that sign-in stays with it'] : []
  return { keys, remarks: keys.length > 0 ? [] : signedIn }
}

/** `oauth_creds.json` of Gemini CLI. */
export function readGeminiSignIn(file: unknown): Reading {
  return record(file)['refresh_token'] === undefined
    ? nothing
    : remark('Gemini CLI is signed in with Google; that sign-in stays with it')
}

/** `auth.json` of OpenCode, opencode.ai/docs/providers: an entry for each provider. */
export function readOpenCode(file: unknown): Reading {
  const entries = Object.entries(record(file)).map(([name, entry]): [string, Json] => [name, record(entry)])
  const signedIn = entries.flatMap(([name, { type }]) => (type === 'oauth' ? [name] : []))
  const { keys } = keysOf(entries.map(([name, { type, key }]) => [name, type === 'api' ? key : undefined]))
  return { keys, remarks: signedIn.map((name) => `OpenCode is signed in to ${name}; that sign-in stays with it`) }
}

/** `keys.json` of llm, llm.datasette.io/en/stable/setup.html: a name and a key. */
export function readLlm(file: unknown): Reading {
  return keysOf(Object.entries(record(file)))
}

/** `auth-profiles.json` of OpenClaw, docs.openclaw.ai/gateway/authentication. */
export function readOpenClaw(file: unknown): Reading {
  const profiles = Object.values(record(record(file)['profiles'])).map(record)
  const keys = profiles.flatMap(({ type, provider, key, token }) => [
    ...placed(provider, 'api_key', type === 'api_key' ? key : undefined),
    ...placed(provider, 'token', type === 'token' ? token : undefined),
  ])
  const signedIn = profiles.filter(({ type }) => type === 'oauth').map(({ provider }) => String(provider))
  return {
    keys,
    remarks: [...new Set(signedIn)].map((name) => `OpenClaw is signed in to ${name}; that sign-in stays with it`),
  }
}

/** `config.json` of Continue: a list of models. One with an address of its own has a key for that address. */
export function readContinue(file: unknown): Reading {
  const { models } = record(file)
  const entries = (Array.isArray(models) ? models : []).map(record)
  return keysOf(
    entries.map(({ provider, apiKey, apiBase }) => [String(provider), apiBase === undefined ? apiKey : undefined]),
  )
}

function keysOf(entries: readonly (readonly [provider: unknown, value: unknown])[]): Reading {
  return { keys: entries.flatMap(([provider, value]) => placed(provider, 'api_key', value)), remarks: [] }
}

function placed(name: unknown, kind: FoundKind, value: unknown): PlacedKey[] {
  if (typeof name !== 'string' || typeof value !== 'string' || !isPlausible(value.trim())) return []
  const provider = providerNamed(name)
  return provider === null ? [] : [{ provider, kind, value: value.trim() }]
}

const remark = (text: string): Reading => ({ keys: [], remarks: [text] })

/** Its fields; none of what is no object. */
function record(value: unknown): Json {
  return isRecord(value) ? value : {}
}

function texts(value: unknown): Variables {
  return Object.fromEntries(
    Object.entries(record(value)).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  )
}
