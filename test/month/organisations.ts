// Who sells what in the simulated month: organisations with their keys, limits and the way in which each says when a limit resets.
import { type Limit, refilling, windowed } from './limits.ts'

export const providerNames = ['anthropic', 'openai', 'google'] as const
export type ProviderName = (typeof providerNames)[number]
export type ModelName = 'large' | 'small'

/** How a refusal says when the next request is welcome. */
export type ResetForm =
  | 'retry-after'
  | 'retry-after-date'
  | 'retry-after-ms'
  | 'anthropic-reset'
  | 'x-ratelimit-reset'
  | 'retry-info'
  | 'none'

export interface Organisation {
  readonly provider: ProviderName
  readonly name: string
  /** Names of variables, each with one key. */
  readonly variables: readonly string[]
  readonly form: ResetForm
  /** How far the provider's clock is ahead of the host's. */
  readonly skewMs: number
  readonly limits: Readonly<Record<ModelName, Limits>>
}

/** What a request has to pass: `requests` and `tokens` of a minute, and of a day where there is such a quota. */
export interface Limits {
  readonly requests: Limit
  readonly tokens: Limit
  readonly day: Limit | null
}

const refill = (requests: number, tokens: number): Limits => ({
  requests: refilling(requests),
  tokens: refilling(tokens),
  day: null,
})

/** Google's day ends at midnight in California. */
const pacificMs = 8 * 3_600_000

const windows = (requests: number, tokens: number, day: number): Limits => ({
  requests: windowed(requests, 60_000),
  tokens: windowed(tokens, 60_000),
  day: windowed(day, 86_400_000, pacificMs),
})

interface Line {
  readonly variables: readonly string[]
  readonly form: ResetForm
  readonly skewMs?: number
  readonly large: () => Limits
  readonly small: () => Limits
}

/** Some keys share an organisation, and with it its limits. */
const lines: Readonly<Record<ProviderName, readonly Line[]>> = {
  anthropic: [
    { variables: ['1'], form: 'retry-after', large: () => refill(3, 9_000), small: () => refill(5, 12_000) },
    {
      variables: ['2', '3'],
      form: 'anthropic-reset',
      skewMs: 95_000,
      large: () => refill(4, 12_000),
      small: () => refill(5, 12_000),
    },
    {
      variables: ['4'],
      form: 'retry-after-date',
      skewMs: -40_000,
      large: () => refill(3, 9_000),
      small: () => refill(3, 8_000),
    },
  ],
  openai: [
    {
      variables: ['1', '2'],
      form: 'x-ratelimit-reset',
      large: () => refill(3, 9_000),
      small: () => refill(3, 9_000),
    },
    { variables: ['3'], form: 'retry-after-ms', large: () => refill(2, 6_000), small: () => refill(2, 6_000) },
    {
      variables: ['4', '5', '6'],
      form: 'retry-after',
      skewMs: 7_000,
      large: () => refill(3, 9_000),
      small: () => refill(2, 6_000),
    },
    { variables: ['7'], form: 'retry-after-date', large: () => refill(1, 4_500), small: () => refill(2, 6_000) },
    { variables: ['8', '9'], form: 'none', large: () => refill(2, 6_000), small: () => refill(2, 6_000) },
    { variables: ['10'], form: 'x-ratelimit-reset', large: () => refill(2, 6_000), small: () => refill(2, 6_000) },
  ],
  google: [
    { variables: ['1'], form: 'retry-info', large: () => windows(2, 8_000, 300), small: () => windows(2, 8_000, 200) },
    { variables: ['2'], form: 'retry-info', large: () => windows(2, 8_000, 250), small: () => windows(2, 8_000, 200) },
    { variables: ['3'], form: 'retry-info', large: () => windows(1, 8_000, 250), small: () => windows(1, 8_000, 100) },
  ],
}

const prefixes = { anthropic: 'ANTHROPIC', openai: 'OPENAI', google: 'GEMINI' } as const

/** All organisations, each with buckets of its own that are full. */
export function organisations(): Organisation[] {
  return Object.entries(lines).flatMap(([provider, each]) =>
    each.map(({ variables, form, skewMs = 0, large, small }, index) => ({
      provider: provider as ProviderName, // the keys of `lines`
      name: `${provider}-${index + 1}`,
      variables: variables.map((number) => `${prefixes[provider as ProviderName]}_API_KEY_${number}`),
      form,
      skewMs,
      limits: { large: large(), small: small() },
    })),
  )
}

/** Whether an organisation's limits let a request pass. */
export function admits({ requests, tokens, day }: Limits, amount: number, now: number): boolean {
  return requests.admits(1, now) && tokens.admits(amount, now) && (day?.admits(1, now) ?? true)
}

export function take({ requests, tokens, day }: Limits, amount: number, now: number): void {
  requests.take(1, now)
  tokens.take(amount, now)
  day?.take(1, now)
}

/** When they let it pass if nothing else is taken. */
export function admitsAt({ requests, tokens, day }: Limits, amount: number, now: number): number {
  return Math.max(requests.admitsAt(1, now), tokens.admitsAt(amount, now), day?.admitsAt(1, now) ?? now)
}
