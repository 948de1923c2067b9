// One event of the history for people: what it is about, what happened, and who caused it.
import type { WireEvent } from '../../protocol/contract.ts'
import { knownRestrictionWords } from '../../domain/restriction.ts'
import { knownKindText, knownSourceText } from './candidate.ts'
import { duration } from '../../domain/duration.ts'
import { localTime } from './time.ts'

type Data = WireEvent['data']

/** What the data says that the subject does not. Names of members are those of the event reference. */
const details: Readonly<Record<string, (data: Data) => string>> = {
  CredentialAdded: (data) =>
    listed([[knownKindText(text(data, 'kind')), sourceOf(data)].filter(Boolean).join(' '), forAgent(data), end(data)]),
  CredentialRotated: (data) => listed([`${text(data, 'from')} -> ${text(data, 'to')}`, end(data)]),
  CredentialRemoved: reason,
  CredentialExpiring: end,
  CredentialExpired: (data) => end(data, 'ended'),
  CredentialRefreshed: end,
  CredentialRefreshFailed: (data) => text(data, 'error'),
  CredentialRateLimited: (data) => listed([text(data, 'model'), cooldownOf(data), text(data, 'status', 'HTTP ')]),
  CredentialCooldownCleared: (data) =>
    data['reason'] === 'trial' ? listed([text(data, 'model'), 'a request succeeded']) : reason(data),
  CredentialDisabled: (data) => listed([reason(data), time(data, 'retryAt', 'tried again from')]),
  CredentialEnabled: reason,
  CredentialRestricted: (data) => knownRestrictionWords(text(data, 'to')),
  CredentialsOrdered: (data) => `${forAgent(data)}: ${ids(data)}`,
  CredentialOrderCleared: (data) => `${forAgent(data)}, was: ${ids(data)}`,
  ModelPinned: (data) => [text(data, 'model'), text(data, 'profileId')].filter(Boolean).join(' with '),
  ModelUnpinned: (data) =>
    `${text(data, 'model', 'no longer ')}${data['reason'] === 'limit' ? ', to make room for newer pins' : ''}`,
  ClientIssued: (data) => text(data, 'boundToPid', 'while process ', ' lives'),
  ClientRevoked: () => '',
  VaultRekeyed: (data) => listed([text(data, 'keeper', 'kept by '), text(data, 'keyId', 'key ')]),
  NoticeSent: (data) => listed([`${kindWords(data)} told over ${names(data)}`, time(data, 'until', 'ends')]),
  NoticeSettled: (data) => `${kindWords(data)} is over`,
  BackupMade: (data) =>
    listed([
      text(data, 'position', 'up to event '),
      data['sealedFor'] === 'passphrase' ? 'sealed with a passphrase' : `sealed for ${recipientsOf(data)}`,
      data['masterKey'] === true ? 'with the master key' : 'without the master key',
    ]),
  HomeRestored: (data) => listed([text(data, 'position', 'from a backup up to event '), time(data, 'madeAt', 'made')]),
  GatewayStarted: reason,
  GatewayStopped: reason,
}

/** Members that say what the event is about; the first that is there. */
const subjects = ['profileId', 'name', 'session', 'provider', 'version'] as const

/** `anthropic:default`, a client's name, a session; else the stream. */
export function subjectOf({ type, data, stream }: WireEvent): string {
  if (type.startsWith('Model')) return text(data, 'session')
  const member = subjects.find((name) => typeof data[name] === 'string')
  return member === undefined ? stream : text(data, member)
}

export function detailsOf(event: WireEvent): string {
  const describe = details[event.type]
  if (describe) return describe(event.data)
  const subject = subjectOf(event)
  return Object.entries(event.data)
    .filter(([, value]) => value !== subject)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : asText(value)}`)
    .join(', ')
}

/** `cli (pid 12)`, `rpc python3 (pid 34)`, `timer`. */
export function actorOf({ actor }: WireEvent): string {
  const { kind, program, pid } = actor
  // The command line's program is the Node that runs it, which says nothing.
  const name = kind === 'cli' ? undefined : program
  return [kind, name, pid === undefined ? undefined : `(pid ${pid})`].filter((part) => part !== undefined).join(' ')
}

/** One line for a history that is followed: columns of a fixed width, exact times. */
export function eventLine(event: WireEvent): string {
  const { position, at, type } = event
  const head = `${String(position).padStart(6)}  ${localTime(at)}  ${type.padEnd(22)}  ${subjectOf(event)}`
  const rest = [detailsOf(event), `by ${actorOf(event)}`].filter((part) => part !== '')
  return `${head}  ${rest.join('; ')}`
}

function reason(data: Data): string {
  const why = text(data, 'reason')
  return why === 'user' ? 'by hand' : why
}

function forAgent(data: Data): string {
  return text(data, 'agent', 'for agent ')
}

/** `ends 2026-11-22 10:51:43`, or nothing. */
function end(data: Data, word = 'ends'): string {
  return time(data, 'expiresAt', word)
}

function time(data: Data, name: string, word: string): string {
  const at = data[name]
  return typeof at === 'string' ? `${word} ${localTime(at)}` : ''
}

function ids({ profileIds }: Data): string {
  return Array.isArray(profileIds) ? profileIds.map(asText).join(', ') : ''
}

/** `provider_cooling` as words. */
function kindWords(data: Data): string {
  return text(data, 'kind').replaceAll('_', ' ')
}

function names({ channels }: Data): string {
  return Array.isArray(channels) ? channels.map(asText).join(', ') : ''
}

function listed(parts: readonly string[]): string {
  return parts.filter(Boolean).join(', ')
}

function text(data: Data, name: string, before = '', after = ''): string {
  const value = data[name]
  return value === undefined ? '' : `${before}${asText(value)}${after}`
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function sourceOf(data: Data): string {
  const source = data['source']
  if (typeof source !== 'object' || source === null || !('kind' in source) || !('name' in source)) return ''
  // The id of a key from the environment ends in the variable's name.
  const name = text(data, 'profileId').includes(String(source.name)) ? '' : `${String(source.name)} of `
  return `from ${name}${knownSourceText(String(source.kind))}`
}

/** An age recipient is told from others by its first characters. */
function recipientsOf({ recipients }: Data): string {
  return Array.isArray(recipients) ? recipients.map((each) => `${asText(each).slice(0, 12)}…`).join(', ') : ''
}

function cooldownOf(data: Data): string {
  const { retryAfterMs, until } = data
  if (typeof retryAfterMs === 'number') return `for ${duration(retryAfterMs)}`
  return typeof until === 'string' ? `until ${localTime(until)}` : ''
}
