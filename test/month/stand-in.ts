// The provider of the simulated month: one HTTP server for all organisations, with the limits, clocks and words of each.
import { writeJson } from '../support/provider-answers.ts'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  admits,
  admitsAt,
  type Limits,
  type ModelName,
  type Organisation,
  organisations,
  type ProviderName,
  take,
} from './organisations.ts'

export interface StandIn {
  readonly url: string
  readonly organisations: readonly Organisation[]
  readonly tallies: Readonly<Record<ProviderName, ProviderTally>>
  /** Answers that wait for the end of the provider's work; the soonest is sent at `dueAt()`. */
  held(): number
  dueAt(): number | null
  sendDue(): void
  setPaid(organisation: string, isPaid: boolean): void
  /** This variable's key is refused until it has another value. */
  revoke(variable: string): void
  renew(variable: string): void
  isValid(variable: string): boolean
  /** The variable's value, whether it is still valid or not. */
  keyOf(variable: string): string
  /** Whether a request would be served now with a key of this organisation. */
  hasCapacity(organisation: Organisation, model: ModelName, tokens: number): boolean
  /** Epoch milliseconds until which its keys were told to stay away, with what rounding may add; null when no time was named. */
  toldUntil(organisation: Organisation, model: ModelName): number | null | undefined
  /** The organisations that have refused the request of this number. */
  triedBy(number: number): ReadonlySet<Organisation>
  close(): Promise<void>
}

export interface ProviderTally {
  attempts: number
  /** Answers that said: rate limited. */
  refusals: number
  /** Times that a limit of one organisation and model began to refuse after it had served. */
  exhaustions: number
}

/** A second for rounding up, one for the clock of the `date` header, which has whole seconds. */
const roundingMs = 2_000

export async function openStandIn(now: () => number): Promise<StandIn> {
  const all = organisations()
  const unpaid = new Set<string>()
  const revoked = new Set<string>()
  const keys = new Map<string, string>(
    all.flatMap(({ variables }) => variables.map((name) => [name, `sk-test-${name}`])),
  )
  const told = new Map<string, number | null>()
  const refusing = new Set<string>()
  const tried = new Map<number, Set<Organisation>>()
  const held: { readonly at: number; readonly send: () => void }[] = []
  const tally = (): ProviderTally => ({ attempts: 0, refusals: 0, exhaustions: 0 })
  const tallies = { anthropic: tally(), openai: tally(), google: tally() }

  const ownerOf = (key: string): Organisation | undefined =>
    all.find(({ variables }) => variables.some((name) => keys.get(name) === key && !revoked.has(name)))

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const provider = providerOf(request)
    const { number, model, tokens, serviceMs } = askedOf(request)
    tallies[provider].attempts++
    const organisation = ownerOf(keyIn(request))
    if (!organisation) return writeJson(response, 401, errorBody(provider, 'invalid'), { date: httpDate(now()) })
    const { limits, skewMs, name, form } = organisation
    const date = httpDate(now() + skewMs)
    if (unpaid.has(name)) {
      return writeJson(response, provider === 'openai' ? 429 : 400, errorBody(provider, 'unpaid'), { date })
    }
    const ofModel = limits[model]
    const bucket = `${name} ${model}`
    if (admits(ofModel, tokens, now())) {
      take(ofModel, tokens, now())
      refusing.delete(bucket)
      const headers = { date, ...standing(organisation, ofModel, now()) }
      held.push({ at: now() + serviceMs, send: () => writeJson(response, 200, okBody(provider), headers) })
      return
    }
    tallies[provider].refusals++
    tried.set(number, (tried.get(number) ?? new Set()).add(organisation))
    if (!refusing.has(bucket)) tallies[provider].exhaustions++
    refusing.add(bucket)
    const statement = state(organisation, ofModel, tokens, now())
    told.set(bucket, statement.until === null ? null : statement.until + roundingMs)
    const headers = { date, ...standing(organisation, ofModel, now()), ...statement.headers }
    const body = form === 'retry-info' ? statement.body : errorBody(provider, 'limited')
    writeJson(response, 429, body, headers)
  }

  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    request.resume()
    request.on('end', () => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server has one

  return {
    url: `http://127.0.0.1:${port}`,
    organisations: all,
    tallies,
    held: () => held.length,
    dueAt: () => held.reduce<number | null>((least, { at }) => (least === null || at < least ? at : least), null),
    sendDue() {
      for (const due of held.filter(({ at }) => at <= now())) {
        held.splice(held.indexOf(due), 1)
        due.send()
      }
    },
    setPaid(organisation, isPaid) {
      if (isPaid) unpaid.delete(organisation)
      else unpaid.add(organisation)
    },
    revoke: (variable) => void revoked.add(variable),
    renew(variable) {
      revoked.delete(variable)
      keys.set(variable, `${keys.get(variable)}-renewed`)
    },
    isValid: (variable) => !revoked.has(variable),
    keyOf: (variable) => keys.get(variable) ?? '',
    hasCapacity: ({ name, limits }, model, tokens) => !unpaid.has(name) && admits(limits[model], tokens, now()),
    toldUntil: ({ name }, model) => told.get(`${name} ${model}`),
    triedBy: (number) => tried.get(number) ?? new Set(),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What clients write beside the request, so that no dialect's body has to be read. */
export const askedHeader = 'x-month'

interface Asked {
  readonly number: number
  readonly model: ModelName
  readonly tokens: number
  readonly serviceMs: number
}

function askedOf({ headers }: IncomingMessage): Asked {
  const [number, model, tokens, serviceMs] = String(headers[askedHeader]).split(' ')
  return {
    number: Number(number),
    model: model === 'large' ? 'large' : 'small',
    tokens: Number(tokens),
    serviceMs: Number(serviceMs),
  }
}

function providerOf({ headers }: IncomingMessage): ProviderName {
  return headers['x-api-key'] ? 'anthropic' : headers['x-goog-api-key'] ? 'google' : 'openai'
}

const keyIn = ({ headers }: IncomingMessage): string =>
  String(headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization?.replace('Bearer ', ''))

interface Statement {
  readonly headers: Readonly<Record<string, string>>
  /** Epoch milliseconds of the host's clock. */
  readonly until: number | null
  readonly body: unknown
}

/** When the next request like this one is welcome, in the words of the organisation. */
function state({ form, skewMs, provider }: Organisation, limits: Limits, tokens: number, now: number): Statement {
  const until = admitsAt(limits, tokens, now)
  const seconds = Math.ceil((until - now) / 1_000)
  const body = errorBody(provider, 'limited')
  switch (form) {
    case 'retry-after':
      return { headers: { 'retry-after': String(seconds) }, until, body }
    case 'retry-after-ms':
      return { headers: { 'retry-after-ms': String(until - now) }, until, body }
    case 'retry-after-date':
      return { headers: { 'retry-after': httpDate(Math.ceil((until + skewMs) / 1_000) * 1_000) }, until, body }
    case 'anthropic-reset':
    case 'x-ratelimit-reset':
      // These name the moment at which a limit is whole again, docs.claude.com/en/api/rate-limits.
      return { headers: {}, until: Math.max(limits.requests.fullAt(now), limits.tokens.fullAt(now)), body }
    case 'retry-info': {
      // Google names the delay of a minute even when it is the day's quota that is used up.
      const delay = Math.ceil((Math.min(until, limits.requests.fullAt(now)) - now) / 1_000)
      const spent = limits.day?.admits(1, now) === false ? 'Day' : 'Minute'
      return { headers: {}, until: now + delay * 1_000, body: googleLimit(delay, spent) }
    }
    case 'none':
      return { headers: {}, until: null, body }
  }
}

/** The headers that tell what is left, in good answers and in refusals. */
function standing({ provider, form, skewMs }: Organisation, limits: Limits, now: number): Record<string, string> {
  if (form === 'none' || provider === 'google') return {}
  const { requests, tokens } = limits
  const reset = (at: number): string =>
    provider === 'anthropic' ? new Date(at + skewMs).toISOString() : `${((at - now) / 1_000).toFixed(3)}s`
  const kinds = [
    ['requests', requests],
    ['tokens', tokens],
  ] as const
  return Object.fromEntries(
    kinds.flatMap(([kind, limit]) => {
      const name = (part: string): string =>
        provider === 'anthropic' ? `anthropic-ratelimit-${kind}-${part}` : `x-ratelimit-${part}-${kind}`
      return [
        [name('limit'), String(limit.size)],
        [name('remaining'), String(Math.floor(limit.left(now)))],
        [name('reset'), reset(limit.fullAt(now))],
      ]
    }),
  )
}

const httpDate = (at: number): string => new Date(at).toUTCString()

type Trouble = 'limited' | 'unpaid' | 'invalid'

const words = {
  anthropic: {
    limited: ['rate_limit_error', 'This request would exceed your rate limit.'],
    unpaid: ['invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'],
    invalid: ['authentication_error', 'invalid x-api-key'],
  },
  openai: {
    limited: ['rate_limit_exceeded', 'Rate limit reached for requests'],
    unpaid: ['insufficient_quota', 'You exceeded your current quota, please check your plan and billing details.'],
    invalid: ['invalid_api_key', 'Incorrect API key provided'],
  },
} as const

function errorBody(provider: ProviderName, trouble: Trouble): unknown {
  if (provider === 'google') {
    return { error: { code: 401, status: 'UNAUTHENTICATED', message: 'API key not valid.' } }
  }
  const [type, message] = words[provider][trouble]
  return provider === 'anthropic'
    ? { type: 'error', error: { type, message } }
    : { error: { message, type, code: type } }
}

function googleLimit(delaySeconds: number, window: 'Day' | 'Minute'): unknown {
  const quotaId = `GenerateRequestsPer${window}PerProjectPerModel-FreeTier`
  return {
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'You exceeded your current quota, please check your plan and billing details.',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${delaySeconds}s` },
      ],
    },
  }
}

function okBody(provider: ProviderName): unknown {
  return {
    anthropic: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'ok' }] },
    openai: { object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: 'ok' } }] },
    google: { candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] } }] },
  }[provider]
}
