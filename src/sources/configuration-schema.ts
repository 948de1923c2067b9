// The shape of traseai.json with every default, and the configuration that it stands for: one declaration for checking, types and the reference page.
import ms from 'ms'
import * as z from 'zod'
import { type CredentialKind, credentialKinds, type KeeperKind, keeperKinds } from '../domain/events.ts'
import {
  type AgentId,
  namePattern,
  type ProfileId,
  profileIdPattern,
  type ProviderId,
  providerIdPattern,
} from '../domain/ids.ts'
import type { ChannelSettings } from '../domain/notice-channel.ts'
import { authSchemes, dialects } from '../domain/provider.ts'
import type { ConfiguredProvider } from '../domain/provider-table.ts'
import { type Strategy, strategies } from '../domain/strategy.ts'
import { gateway, httpUrl } from './configuration-gateway.ts'
import { notify } from './configuration-notify.ts'

/** Longest duration that can be set; a year and a day, so that `365d` and a leap year both fit. */
const durationMsMax = 366 * 86_400_000
const durationPattern = /^\d+(\.\d+)? ?(ms|s|m|h|d|w)$/

const duration = z
  .string()
  .refine(
    (text) => durationPattern.test(text) && parseDuration(text) <= durationMsMax,
    'expected a duration such as "30s", "5m", "24h" or "7d"',
  )
const providerName = z.string().regex(providerIdPattern, 'expected a provider: lower-case letters, digits and dashes')
const profileName = z.string().regex(profileIdPattern, 'expected a credential id such as "anthropic:default"')
const agentName = z.string().regex(namePattern, 'expected an agent id: letters, digits, dots and dashes')
const groupName = z.string().regex(namePattern, 'expected a name: letters, digits, dots and dashes')
const aliasName = z
  .string()
  .regex(
    /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected an alias: letters, digits, dots and dashes, not a number alone',
  )
const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}\/\S{1,200}$/, 'expected a model such as "anthropic/claude-sonnet-5-5"')

const provider = z.strictObject({
  baseUrl: httpUrl.describe("Where the gateway's `/<provider>` prefix is mapped to.").optional(),
  auth: z.enum(authSchemes).describe('The header that carries the key.').optional(),
  envPrefix: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'expected letters, digits and underscores, such as "ACME"')
    .describe('`P` of `<P>_API_KEY`, `<P>_API_KEYS`, `<P>_API_KEY_*` and `TRASEAI_LIVE_<P>_KEY`.')
    .optional(),
  dialect: z.enum(dialects).describe('Whose shape its errors and streams have.').optional(),
})

const models = z.strictObject({
  default: modelName
    .nullable()
    .default(null)
    .describe('The model of a session that picked none; its provider counts as in use.'),
  aliases: z
    .record(aliasName, modelName)
    .default({})
    .describe('Short names for models, for `/model` and `models set`.'),
  providers: z
    .record(providerName, provider)
    .default({})
    .describe(
      'Overrides a built-in provider, or adds one, which needs a `baseUrl`; the rest defaults to `bearer`, the `openai` dialect and the name in capitals as prefix.',
    ),
})

const profile = z.strictObject({
  provider: providerName.describe('The provider that the credential is for.'),
  kind: z.enum(credentialKinds).describe('What kind of credential it is.'),
})

const cooldowns = z.strictObject({
  rateLimit: z
    .array(duration)
    .min(1)
    .max(16)
    .default(['30s', '1m', '5m'])
    .describe('The waits after consecutive rate limits for which the provider states no reset; the last one repeats.'),
  billing: duration
    .default('10m')
    .describe('How long a credential that was refused for billing rests before one trial request.'),
})

const auth = z.strictObject({
  profiles: z
    .record(profileName, profile)
    .default({})
    .describe('Stored credentials that are expected; their providers count as in use.'),
  order: z
    .record(providerName, z.array(profileName).min(1).max(1_000))
    .default({})
    .describe('For each provider the credentials to use, in this order; those that are not listed are not used.'),
  expiryWarning: duration.default('24h').describe('From how long before its end a credential counts as expiring.'),
  cooldowns: cooldowns.prefault({}).describe('How long a refused credential rests.'),
  strategies: z
    .record(providerName, z.enum(strategies))
    .default({})
    .describe(
      'For each provider how the next credential is chosen: `ordered` (the default) takes the first usable one, `round-robin` each in turn, `headroom` the one whose provider said that most of its limit is left.',
    ),
  quotaGroups: z
    .record(groupName, z.array(profileName).min(2).max(1_000))
    .default({})
    .describe(
      'Credentials of one provider that share one limit there: when one is rate limited, all of its group rest.',
    ),
  allowPaidFallback: z
    .boolean()
    .default(false)
    .describe(
      'Whether a request whose subscription credentials (OAuth or token) are rate limited may go on with an API key, which costs money.',
    ),
})

const shellEnv = z.strictObject({
  enabled: z.boolean().default(false).describe('Take variables that are still missing from the login shell.'),
  timeoutMs: z
    .int()
    .min(100)
    .max(120_000)
    .default(15_000)
    .describe('Longest wait for the login shell, in milliseconds.'),
})

const vault = z.strictObject({
  keeper: z
    .enum(['auto', ...keeperKinds])
    .default('auto')
    .describe(
      'Who keeps the master key of stored secrets. `auto` is the systemd credential `traseai-master-key` when there is one, else a key file. Taken up when the first secret is stored; later changes need `vault rekey`.',
    ),
  passphraseFile: z
    .string()
    .min(1)
    .max(4_096)
    .nullable()
    .default(null)
    .describe('With the keeper `passphrase`: a file that holds it, for hosts where nobody types `vault unlock`.'),
  referenceRefresh: duration
    .default('5m')
    .describe('How long what a reference led to is used before it is looked up again.'),
})

/** traseai.json as it is written. Every field is optional; parsing fills in the defaults. */
export const configurationSchema = z.strictObject({
  agents: z
    .strictObject({ default: agentName.default('main').describe('The agent of requests and commands that name none.') })
    .prefault({})
    .describe('Agents.'),
  models: models.prefault({}).describe('Models and where they are served.'),
  auth: auth.prefault({}).describe('Credentials: which ones, in which order, and when they rest.'),
  env: z
    .strictObject({ shellEnv: shellEnv.prefault({}).describe('The environment of the login shell.') })
    .prefault({})
    .describe('Where keys come from.'),
  gateway: gateway.prefault({}).describe('The HTTP gateway. `host`, `port` and `user` are taken up at the next start.'),
  vault: vault.prefault({}).describe('Stored secrets.'),
  notify,
})

/** What traseai.json stands for, with its defaults and with durations in milliseconds. */
export interface Configuration {
  readonly agents: { readonly default: AgentId }
  readonly models: {
    readonly default: string | null
    readonly aliases: Readonly<Record<string, string>>
    readonly providers: Readonly<Record<string, ConfiguredProvider>>
  }
  readonly auth: {
    readonly profiles: Readonly<Record<string, { readonly provider: ProviderId; readonly kind: CredentialKind }>>
    readonly order: Readonly<Record<string, readonly ProfileId[]>>
    readonly expiryWarningMs: number
    readonly cooldowns: { readonly rateLimitMs: readonly number[]; readonly billingMs: number }
    /** By provider; one that is not there is `ordered`. */
    readonly strategies: Readonly<Record<string, Strategy>>
    readonly quotaGroups: Readonly<Record<string, readonly ProfileId[]>>
    readonly allowPaidFallback: boolean
  }
  readonly env: { readonly shellEnv: { readonly enabled: boolean; readonly timeoutMs: number } }
  readonly gateway: {
    readonly host: string
    readonly port: number
    readonly holdMs: number
    readonly bodyBytesMax: number
    readonly allowedHosts: readonly string[]
    readonly autostart: boolean
    readonly user: string | null
    readonly drainMs: number
    readonly requestLog: 'all' | 'failed' | 'none'
    readonly upstream: {
      readonly connectMs: number
      readonly headersMs: number
      readonly idleMs: number
      readonly proxy: string | null
      readonly caFiles: readonly string[]
    }
  }
  readonly vault: {
    readonly keeper: 'auto' | KeeperKind
    readonly passphraseFile: string | null
    readonly referenceRefreshMs: number
  }
  readonly notify: readonly ChannelSettings[]
}

/** The configuration that a checked file stands for. */
export function resolveConfiguration(file: z.output<typeof configurationSchema>): Configuration {
  const { agents, auth, vault } = file
  return {
    ...file,
    agents: { default: agents.default as AgentId }, // the schema has checked it with the pattern of the id
    auth: {
      profiles: auth.profiles as Configuration['auth']['profiles'],
      order: Object.fromEntries(Object.entries(auth.order).map(([provider, ids]) => [provider, ids as ProfileId[]])),
      expiryWarningMs: parseDuration(auth.expiryWarning),
      cooldowns: {
        rateLimitMs: auth.cooldowns.rateLimit.map(parseDuration),
        billingMs: parseDuration(auth.cooldowns.billing),
      },
      strategies: auth.strategies,
      quotaGroups: Object.fromEntries(
        Object.entries(auth.quotaGroups).map(([name, ids]) => [name, ids as ProfileId[]]),
      ),
      allowPaidFallback: auth.allowPaidFallback,
    },
    vault: {
      keeper: vault.keeper,
      passphraseFile: vault.passphraseFile,
      referenceRefreshMs: parseDuration(vault.referenceRefresh),
    },
  }
}

/** The configuration of a home without traseai.json. */
export function defaultConfiguration(): Configuration {
  return resolveConfiguration(configurationSchema.parse({}))
}

/** Milliseconds of a duration that matches the pattern. */
function parseDuration(text: string): number {
  return ms(text as ms.StringValue) // the pattern admits nothing that ms does not know
}
