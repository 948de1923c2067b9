// What the keys and tokens of each provider look like, as far as the provider or its users have made it public.

/** A series of keys that a provider issues. Lengths are of the whole key, in characters, prefix included. */
export interface KeyShape {
  /** Empty for keys without a beginning of their own: those can be recognised by their length only. */
  readonly prefix: string
  readonly characters: 'hex' | 'alphanumeric' | 'base64url' | 'dotted'
  /** A shorter one was cut. */
  readonly least: number
  /** What they all have today; another length is odd, but a provider may change it. */
  readonly usual?: number
  readonly most?: number
  /** Only where the provider takes keys and tokens in different ways. */
  readonly kind?: 'api_key' | 'token'
  /** Others' keys begin like this, too: it does not tell whose a key is. */
  readonly isShared?: true
  /** Why such a key is of no use here, completing "this is …", and what to use instead. */
  readonly refused?: { readonly what: string; readonly hint: string }
}

type Characters = KeyShape['characters']

const key = (prefix: string, characters: Characters, least: number, usual?: number): KeyShape => {
  return { prefix, characters, least, ...(usual === undefined ? {} : { usual }) }
}
/** Keys of one length and no prefix. */
const plainKey = (characters: Characters, length: number): KeyShape => {
  return { prefix: '', characters, least: length, usual: length, most: length }
}
/** The beginning that OpenAI made usual: whoever imitates its interface imitates this, too. */
const sharedKey = (least: number, usual?: number): KeyShape => ({
  ...key('sk-', 'base64url', least, usual),
  isShared: true,
})
const uselessKey = (prefix: string, what: string, hint: string): KeyShape => {
  return { prefix, characters: 'base64url', least: 20, refused: { what, hint } }
}

/**
 * A key or token of Anthropic has 108 characters. 101 is more than a line of a terminal of 100 columns: where a wrapped
 * one was copied up to the end of its first line, it was cut.
 */
const anthropicLengths = { least: 101, usual: 108, most: 160 } as const

const anthropicKeysPage = 'make an API key at https://console.anthropic.com/settings/keys'
const adminKey = 'an Admin API key, which manages an organization and can make no model request'

/** By provider id. Lengths without a page beside them are those that secret scanners look for (gitleaks, trufflehog, secretlint). */
export const keyShapeTable: Readonly<Record<string, readonly KeyShape[]>> = {
  // docs.claude.com/en/api/admin-api/apikeys · code.claude.com/docs/en/iam
  anthropic: [
    { prefix: 'sk-ant-api03-', kind: 'api_key', characters: 'base64url', ...anthropicLengths },
    { prefix: 'sk-ant-oat01-', kind: 'token', characters: 'base64url', ...anthropicLengths },
    uselessKey(
      'sk-ant-ort',
      "a refresh token of Claude Code's own sign-in, which can make no request",
      'run: claude setup-token, and paste the token that it prints (sk-ant-oat01-…)',
    ),
    uselessKey('sk-ant-admin', adminKey, anthropicKeysPage),
    uselessKey(
      'sk-ant-sid',
      'the session cookie of a browser, which can make no request of the API',
      anthropicKeysPage,
    ),
    key('sk-ant-', 'base64url', 24),
  ],
  // platform.openai.com/docs/api-reference/authentication, …/admin-api-keys
  openai: [
    key('sk-proj-', 'base64url', 48),
    key('sk-svcacct-', 'base64url', 48),
    uselessKey('sk-admin-', adminKey, 'make an API key at https://platform.openai.com/api-keys'),
    sharedKey(40),
  ],
  // ai.google.dev/gemini-api/docs/api-key: keys of a project, and the newer ones that are bound to an account
  google: [key('AIza', 'base64url', 39, 39), key('AQ.', 'dotted', 40)],
  // openrouter.ai/docs/api-reference/authentication
  openrouter: [key('sk-or-v1-', 'hex', 73, 73), key('sk-or-', 'base64url', 40)],
  groq: [key('gsk_', 'alphanumeric', 50, 56)],
  mistral: [plainKey('alphanumeric', 32)],
  xai: [key('xai-', 'base64url', 70, 84)],
  deepseek: [sharedKey(32, 35)],
  together: [key('tgp_v1_', 'base64url', 46, 50), plainKey('hex', 64)],
  fireworks: [key('fw_', 'alphanumeric', 24), key('fpk_', 'alphanumeric', 24)],
  cerebras: [key('csk-', 'alphanumeric', 44, 52)],
  perplexity: [key('pplx-', 'alphanumeric', 45, 53)],
  cohere: [plainKey('alphanumeric', 40)],
  moonshot: [sharedKey(40, 51)],
  zai: [plainKey('dotted', 49)],
  minimax: [
    key('sk-api-', 'base64url', 40),
    key('sk-cp-', 'base64url', 40),
    { ...key('eyJ', 'dotted', 100), isShared: true }, // a JSON web token, as many others are
  ],
  // docs.api.nvidia.com/nim/docs/api-quickstart
  nvidia: [key('nvapi-', 'base64url', 60, 70)],
  // huggingface.co/docs/hub/security-tokens
  huggingface: [key('hf_', 'alphanumeric', 34, 37)],
  // github.blog/engineering/behind-githubs-new-authentication-token-formats
  'github-models': [
    key('github_pat_', 'base64url', 93, 93),
    ...['ghp_', 'gho_', 'ghu_', 'ghs_'].map((prefix) => key(prefix, 'base64url', 40)),
  ],
  // vercel.com/docs/ai-gateway/authentication
  'vercel-ai-gateway': [key('vck_', 'base64url', 24)],
  deepinfra: [plainKey('alphanumeric', 32)],
}

/** How keys of services begin that are not in the provider table, so that one pasted by mistake is recognised. */
export const otherServices: Readonly<Record<string, string>> = {
  r8_: 'Replicate',
  'glpat-': 'GitLab',
  'xoxb-': 'Slack',
  'xoxp-': 'Slack',
  AKIA: 'AWS',
}

/** Everything that a key is known to begin with. */
export const keyPrefixes: readonly string[] = [
  ...Object.values(keyShapeTable).flatMap((shapes) =>
    shapes.map(({ prefix }) => prefix).filter((prefix) => prefix !== ''),
  ),
  ...Object.keys(otherServices),
]
