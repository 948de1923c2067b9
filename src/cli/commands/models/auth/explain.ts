// `models auth explain`: the candidates of a provider in the order a request would try them, with the reason for each.
import type { Command } from 'commander'
import type { SelectionBasis } from '../../../../domain/selection.ts'
import type { Strategy } from '../../../../domain/strategy.ts'
import type { Result } from '../../../../protocol/contract.ts'
import type { Act, Context } from '../../../context.ts'
import { giveKeyHint } from '../../../give-key-hint.ts'
import { given } from '../../../option-values.ts'
import { providerNamed } from '../../../profile-id.ts'
import { paintStatus, statusText } from '../../../render/candidate.ts'
import { orderOrigin } from '../../../render/order.ts'
import { printableLine } from '../../../render/printable.ts'
import { renderTable, wrap, type Cell } from '../../../render/table.ts'
import { withRelativeTimes } from '../../../render/time.ts'
import { duration } from '../../../../domain/duration.ts'

interface ExplainOptions {
  readonly provider?: string
  readonly agent?: string
  readonly session?: string
  readonly model?: string
}

export function registerAuthExplain(auth: Command, act: Act): void {
  auth
    .command('explain')
    .description('say which credential a request would get now, and why')
    .option('--provider <id>', 'the provider (needed)')
    .option('--agent <id>', 'for this agent')
    .option('--session <id>', 'for this session: its pin, and the credential it got last')
    .option('--model <name>', 'for this model, with or without its provider, or an alias: its cooldowns')
    .action((options: ExplainOptions) => act((context) => runAuthExplain(context, options)))
}

export async function runAuthExplain(context: Context, options: ExplainOptions): Promise<number> {
  const { agent, session, model } = options
  const provider = providerNamed(options, 'traseai models auth explain')
  const gateway = await context.gateway()
  const resolved = await gateway.call('credentials.resolve', { provider, ...given({ agent, session, model }) })
  const cooldowns =
    model === undefined ? (await gateway.call('cooldowns.list', { provider })).filter((one) => one.model !== null) : []
  const order = await gateway.call('order.get', { provider, ...given({ agent }) })
  const pinned = session === undefined ? null : await gateway.call('session.get', { session, ...given({ agent }) })
  const unknown = order.profileIds.filter((id) => !resolved.candidates.some(({ profileId }) => profileId === id))
  context.io.print(resolved, () => render({ provider, resolved, order, cooldowns, pinned, unknown }, context))
  if (resolved.candidates.length === 0) context.io.note(`hint: ${giveKeyHint(provider)}`)
  return 0
}

/** What comes before every order. */
const basisWords = {
  'request-pin': 'the credential the request asks for',
  'session-pin': "the session's pin",
  'live-override': 'TRASEAI_LIVE_…_KEY is set: nothing else is tried',
} as const satisfies Partial<Record<SelectionBasis, string>>

function basisText({ resolved: { basis }, order }: Explanation): string {
  return Object.hasOwn(basisWords, basis) ? basisWords[basis as keyof typeof basisWords] : orderOrigin(order)
}

type Candidate = Result<'credentials.resolve'>['candidates'][number]

interface Explanation {
  readonly provider: string
  readonly resolved: Result<'credentials.resolve'>
  readonly order: Result<'order.get'>
  /** Those of single models, which count only for a request for that model. */
  readonly cooldowns: Result<'cooldowns.list'>
  /** What the session uses; null when none was named. */
  readonly pinned: Result<'session.get'> | null
  /** Members of the order that no credential has. */
  readonly unknown: readonly string[]
}

function render(explanation: Explanation, { host, io }: Context): string {
  const { provider, resolved, cooldowns, unknown } = explanation
  const { candidates, next } = resolved
  // A pin or an override leaves nothing to choose.
  const strategy = Object.hasOwn(basisWords, resolved.basis) ? null : strategyWords[resolved.strategy]
  if (candidates.length === 0) return `${provider} has no credentials`
  const nextIndex = candidates.findIndex(({ profileId }) => profileId === next)
  const rows = candidates.map((candidate, index): Cell[] => [
    String(index + 1),
    { text: candidate.profileId, style: index === nextIndex ? io.paint.bold : (text) => text },
    { text: statusText({ ...candidate, reason: null }, host.now()), style: paintStatus(candidate.status, io.paint) },
    [reasonText(candidate, index - nextIndex, explanation, host), coolingText(cooldowns, candidate.profileId, host)]
      .filter((part) => part !== '')
      .join(', but '),
  ])
  const columns = [
    { title: '#', right: true },
    { title: 'CREDENTIAL' },
    { title: 'STATUS', wraps: true },
    { title: 'REASON', wraps: true },
  ]
  const lines = (text: string): readonly string[] => wrap(printableLine(text), io.width ?? Number.MAX_SAFE_INTEGER)
  return [
    renderTable(columns, rows, { width: io.width, styleTitle: io.paint.dim }),
    ...(explanation.pinned === null ? [] : lines(`session: ${pinText(explanation.pinned)}`)),
    ...lines(`order: ${basisText(explanation)}`),
    ...(strategy === null ? [] : lines(`strategy: ${strategy}`)),
    ...unknown.flatMap((id) => lines(`the order names ${id}, but there is no such credential`).map(io.paint.yellow)),
    ...(next === null ? lines('none is usable now').map(io.paint.red) : lines(`next: ${next}`)),
  ].join('\n')
}

/** `chat-7 has pinned anthropic/claude-sonnet-4-5 with anthropic:work`. */
function pinText({ session, pin, problem }: Result<'session.get'>): string {
  if (!pin) return `${session} has pinned no model`
  const what = `${session} has pinned ${pin.model}${pin.profileId === null ? '' : ` with ${pin.profileId}`}`
  return problem === undefined ? what : `${what}; ${problem}`
}

/** `behind`: how many places after the next one it stands; of one that nothing is said about, its place is the reason. */
function reasonText(
  { reason }: Candidate,
  behind: number,
  { resolved: { next, strategy } }: Explanation,
  { now }: Context['host'],
): string {
  if (reason !== null) return withRelativeTimes(reason, now())
  if (next === null || behind < 0) return ''
  const [first, later] = placeWords[strategy]
  return behind === 0 ? first : later
}

const placeWords = {
  ordered: ['the first that is usable', 'when those before it are rate limited'],
  'round-robin': ['it is its turn', 'after those before it'],
  headroom: ['the first that is usable', 'when those before it have less left'],
} as const satisfies Record<Strategy, readonly [first: string, later: string]>

/** Lines that say how the order above came to be; none for what every provider does without a word. */
const strategyWords = {
  ordered: null,
  'round-robin': 'round-robin: the one whose last attempt began longest ago is next',
  headroom: 'headroom: the one with the largest share of its limit left is next',
} as const satisfies Record<Strategy, string | null>

/** `not for demo: rate limited for 44s`; empty when no model is. */
function coolingText(cooldowns: Explanation['cooldowns'], id: string, host: Context['host']): string {
  return cooldowns
    .filter(({ profileId }) => profileId === id)
    .map(
      ({ model, until }) => `not for ${model ?? 'any'}: rate limited for ${duration(Date.parse(until) - host.now())}`,
    )
    .join(', ')
}
