// The places where other tools keep keys: one row a file, with the reader of what it holds.
import { join } from 'node:path'
import type { Environment } from '../../../../host.ts'
import type { ImportTool } from '../../../import-tools.ts'
import { isPlausible, nothing, type PlacedKey, providerNamed, type Reading } from '../found-key.ts'
import {
  readClaudeCredentials,
  readClaudeSettings,
  readClaudeState,
  readCodex,
  readContinue,
  readGeminiSignIn,
  readLlm,
  readOpenClaw,
  readOpenCode,
} from './json-readers.ts'
import { readAssignments, readYamlEntries } from './text-formats.ts'
import { keysOfVariables } from './variables.ts'

export interface KnownPlace {
  /** What `--import` calls it; its keys are stored as `<provider>:<tool>`. */
  readonly tool: Exclude<ImportTool, 'env'>
  /** For people. */
  readonly name: string
  /** Its path below the user's home directory, or below the one that the tool's own variable names; `*` is any folder. */
  readonly path: (user: UserDirectories) => string
  readonly read: (text: string) => Reading
}

export interface UserDirectories {
  readonly home: string
  readonly env: Environment
}

/** Where a tool keeps its files: its variable, else a folder of the home directory. */
const folder =
  (variable: string, ...fallback: readonly string[]) =>
  (...rest: readonly string[]) =>
  ({ home, env }: UserDirectories): string =>
    join(env[variable] || join(home, ...fallback), ...rest)

const home = folder('HOME')
const claude = folder('CLAUDE_CONFIG_DIR', '.claude')
const openclaw = folder('OPENCLAW_STATE_DIR', '.openclaw')
const llm = folder('LLM_USER_PATH', '.config', 'io.datasette.llm')

const json =
  (read: (value: unknown) => Reading) =>
  (text: string): Reading =>
    read(JSON.parse(text))

export const knownPlaces: readonly KnownPlace[] = [
  { tool: 'claude-code', name: 'Claude Code', path: claude('settings.json'), read: json(readClaudeSettings) },
  { tool: 'claude-code', name: 'Claude Code', path: claude('settings.local.json'), read: json(readClaudeSettings) },
  { tool: 'claude-code', name: 'Claude Code', path: home('.claude.json'), read: json(readClaudeState) },
  { tool: 'claude-code', name: 'Claude Code', path: claude('.credentials.json'), read: json(readClaudeCredentials) },
  { tool: 'codex', name: 'Codex', path: folder('CODEX_HOME', '.codex')('auth.json'), read: json(readCodex) },
  { tool: 'gemini-cli', name: 'Gemini CLI', path: home('.gemini', '.env'), read: readEnv },
  { tool: 'gemini-cli', name: 'Gemini CLI', path: home('.gemini', 'oauth_creds.json'), read: json(readGeminiSignIn) },
  {
    tool: 'opencode',
    name: 'OpenCode',
    path: folder('XDG_DATA_HOME', '.local', 'share')('opencode', 'auth.json'),
    read: json(readOpenCode),
  },
  { tool: 'aider', name: 'aider', path: home('.aider.conf.yml'), read: readAider },
  { tool: 'aider', name: 'aider', path: home('.aider', 'oauth-keys.env'), read: readEnv },
  { tool: 'dotenv', name: '.env of the home directory', path: home('.env'), read: readEnv },
  { tool: 'llm', name: 'llm', path: llm('keys.json'), read: json(readLlm) },
  {
    tool: 'llm',
    name: 'llm',
    path: home('Library', 'Application Support', 'io.datasette.llm', 'keys.json'),
    read: json(readLlm),
  },
  {
    tool: 'openclaw',
    name: 'OpenClaw',
    path: openclaw('agents', '*', 'agent', 'auth-profiles.json'),
    read: json(readOpenClaw),
  },
  { tool: 'openclaw', name: 'OpenClaw', path: openclaw('.env'), read: readEnv },
  { tool: 'continue', name: 'Continue', path: home('.continue', 'config.yaml'), read: readContinueYaml },
  { tool: 'continue', name: 'Continue', path: home('.continue', 'config.json'), read: json(readContinue) },
  { tool: 'continue', name: 'Continue', path: home('.continue', '.env'), read: readEnv },
  {
    tool: 'huggingface',
    name: 'Hugging Face',
    path: ({ home, env }) =>
      env['HF_TOKEN_PATH'] || join(env['HF_HOME'] || join(home, '.cache', 'huggingface'), 'token'),
    read: (text) => ({ keys: placed('huggingface', text.trim()), remarks: [] }),
  },
]

function readEnv(text: string): Reading {
  return keysOfVariables(readAssignments(text))
}

/** aider.chat/docs/config/api-keys.html: two entries of their own, and a list of `provider=key`. */
function readAider(text: string): Reading {
  const keys = readYamlEntries(text).flatMap(({ key, value }) => {
    const [, own] = /^(anthropic|openai)-api-key$/.exec(key) ?? []
    if (own !== undefined) return placed(own, value)
    const [, provider, rest] = (key === 'api-key' && /^([\w-]+)=(.+)$/.exec(value)) || []
    return provider === undefined || rest === undefined ? [] : placed(provider, rest)
  })
  return { ...nothing, keys }
}

/** docs.continue.dev/reference: a list of models. One with an address of its own has a key for that address. */
function readContinueYaml(text: string): Reading {
  const items = new Map<number, Map<string, string>>()
  for (const { key, value, item } of readYamlEntries(text)) {
    items.set(item, (items.get(item) ?? new Map<string, string>()).set(key, value))
  }
  const keys = [...items.values()].flatMap((model) =>
    model.has('apiBase') ? [] : placed(model.get('provider') ?? '', model.get('apiKey') ?? ''),
  )
  return { ...nothing, keys }
}

function placed(name: string, value: string): PlacedKey[] {
  const provider = providerNamed(name)
  return provider === null || !isPlausible(value) ? [] : [{ provider, kind: 'api_key', value }]
}
