// What the history tells of credentials while a request waits: who is watched over by it sees why it takes longer.
import type { WireEvent } from '../../../protocol/contract.ts'
import { detailsOf, subjectOf } from '../../render/event.ts'

/** What befalls a credential so that a request goes to the next. */
const words: Readonly<Record<string, string>> = {
  CredentialRateLimited: 'is rate limited',
  CredentialDisabled: 'is disabled',
  CredentialExpired: 'has expired',
}

/**
 * A sentence about a credential of the model's provider that can no longer serve it; null for every other event.
 * @param model `provider/model`, or an alias, whose provider is not known here
 */
export function keyNews(event: WireEvent, model: string): string | null {
  const what = Object.hasOwn(words, event.type) ? words[event.type] : undefined
  if (what === undefined) return null
  const [provider = '', ...name] = model.split('/')
  const { profileId, model: limited } = event.data
  if (name.length > 0 && !String(profileId).startsWith(`${provider}:`)) return null
  if (typeof limited === 'string' && limited !== name.join('/')) return null
  // The model is the one that was asked for.
  const details = detailsOf({ ...event, data: { ...event.data, model: undefined } })
  return `${subjectOf(event)} ${what}${details === '' ? '' : `: ${details}`}`
}
