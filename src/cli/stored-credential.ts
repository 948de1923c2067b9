// What the commands that store a credential say afterwards: what is where, and which one the next request gets.
import { TraseError } from '../errors.ts'
import type { Result } from '../protocol/contract.ts'
import type { Context } from './context.ts'
import { given, expiryOf } from './option-values.ts'
import { kindText, last4Text } from './render/candidate.ts'
import { relativeTime } from './render/time.ts'
import { wrapNote } from './render/wrap-note.ts'

type Listed = Result<'credentials.list'>[number]

export interface Storing {
  readonly stored: Pick<Result<'credentials.add'>, 'profileId' | 'rotated' | 'next' | 'notes'>
  /** What was there under this id before; null when nothing was. */
  readonly before: Listed | null
  readonly provider: string
  readonly agent?: string
}

/** `expiresAt` for the call, when it was asked for. @throws TraseError `usage` for a moment that has passed */
export function expiryFrom(text: string | undefined, now: number): { expiresAt?: string } {
  if (text === undefined) return {}
  const expiresAt = expiryOf(text, now)
  if (expiresAt !== null && Date.parse(expiresAt) > now) return { expiresAt }
  throw new TraseError('usage', `${text} has passed already`, { hint: 'for example --expires-in 365d' })
}

/** Prints it, and says on stderr what a person should know besides. */
export async function tellStored(context: Context, storing: Storing): Promise<void> {
  const { io, host } = context
  const { stored, before, provider } = storing
  const agent = given({ agent: storing.agent })
  const gateway = await context.gateway()
  const credentials = await gateway.call('credentials.list', { provider, ...agent })
  const now = credentials.find(({ profileId }) => profileId === stored.profileId)
  const { notes, ...facts } = stored
  const shown = now && { kind: now.kind, source: now.source, ...given({ last4: now.last4, expiresAt: now.expiresAt }) }
  io.print({ ...facts, ...shown, notes }, () => wrapNote(sentence(storing, now, host.now()), io.width))
  for (const note of notes) io.note(`note: ${note}`)
  if (now?.kind === 'token' && now.expiresAt === undefined && before?.expiresAt === undefined) {
    const known = provider === 'anthropic' ? '; tokens of claude setup-token end after 365d' : ''
    io.note(`hint: with --expires-in its end is announced in time${known}`)
  }
  if (stored.next !== stored.profileId) await sayWhyNot(context, storing)
}

function sentence({ stored, before, agent }: Storing, now: Listed | undefined, at: number): string {
  const { profileId, rotated } = stored
  const isSame = before !== null && before.fingerprint === now?.fingerprint
  const what = isSame ? 'is stored already with this value' : rotated ? 'has a new value' : 'is stored'
  if (!now) return `${profileId} ${what}`
  const facts = [
    kindText(now.kind),
    ...(now.last4 === undefined ? [] : [last4Text(now.last4)]),
    ...(now.source.kind === 'reference' ? [`from ${now.source.name}`] : []),
    ...(now.expiresAt === undefined ? [] : [`ends ${relativeTime(now.expiresAt, at)}`]),
    ...(agent === undefined ? [] : [`for agent ${agent}`]),
  ]
  return `${profileId} ${what}: ${facts.join(', ')}`
}

/** Whoever has just stored a credential expects it to be used. */
async function sayWhyNot(context: Context, { stored, provider, agent }: Storing): Promise<void> {
  const { io } = context
  const gateway = await context.gateway()
  const { basis, candidates, next } = await gateway.call('credentials.resolve', { provider, ...given({ agent }) })
  const own = candidates.find(({ profileId }) => profileId === stored.profileId)
  const used = next === null ? 'no request can be served now' : `requests use ${next}`
  // That it was left out is among the gateway's notes.
  io.note(`note: ${used}${own?.status === 'excluded' ? '' : `; ${stored.profileId} ${whyNot(basis, own)}`}`)
  const others = candidates.filter(({ profileId, status }) => profileId !== stored.profileId && status !== 'excluded')
  const ids = [stored.profileId, ...others.map(({ profileId }) => profileId)]
  // The provider is named already: names alone keep the command short.
  const order = ids.map((profileId) => profileId.slice(provider.length + 1)).join(' ')
  const forAgent = agent === undefined ? '' : ` --agent ${agent}`
  const setOrder = `traseai models auth order set --provider ${provider}${forAgent} ${order}`
  const isUsable = own?.status === 'ready' || own?.status === 'expiring' || own?.status === 'excluded'
  if (basis === 'live-override') io.note(`hint: to use it, unset ${next?.slice(provider.length + 1) ?? 'the override'}`)
  else if (isUsable) io.note(`hint: to use it first: ${setOrder}`)
}

type Resolved = Result<'credentials.resolve'>

function whyNot(basis: string, own: Resolved['candidates'][number] | undefined): string {
  if (!own) return 'is not at hand'
  if (own.status === 'ready' || own.status === 'expiring') {
    const rule = basis === 'default' ? ': tokens come before API keys, then the longest unused' : ''
    return `comes later in the order${rule}`
  }
  return `is ${own.status}${own.reason === null ? '' : `: ${own.reason}`}`
}
