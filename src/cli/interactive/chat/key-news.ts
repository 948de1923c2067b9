// What the history tells of credentials while a request waits: who is watched over by it sees why it takes longer.
import type { Host } from '../../../host.ts'
import type { WireEvent } from '../../../protocol/contract.ts'
import { detailsOf, subjectOf } from '../../render/event.ts'

/** What befalls a credential so that a request goes to the next. */
const words: Readonly<Record<string, string>> = {
  CredentialRateLimited: 'is rate limited',
  CredentialDisabled: 'is disabled',
  CredentialExpired: 'has expired',
}

/** News that came while an answer was already written; more of them say no more. */
const heldMax = 10
/** The history tells what is on disk, which a quick answer does not wait for. */
const restMs = 250

export interface News {
  hear(event: WireEvent): void
  /** An answer is being written: what comes now must not stand in the middle of it. */
  holdBack(): void
  /** Tells what was held back; when nothing has been told at all, what comes in the next moment. */
  tellRest(): Promise<void>
}

/** The news of one request, each told as it comes. */
export function openNews(
  host: Pick<Host, 'setTimer'>,
  { model, news: tell }: { readonly model: string; news(text: string): void },
): News {
  const held: string[] = []
  let isHolding = false
  let count = 0
  let onFirst = (): void => {}

  return {
    hear(event) {
      const text = keyNews(event, model)
      if (text === null) return
      count += 1
      if (!isHolding) tell(text)
      else if (held.length < heldMax) held.push(text)
      onFirst()
    },
    holdBack: () => void (isHolding = true),
    async tellRest() {
      isHolding = false
      for (const text of held.splice(0)) tell(text)
      if (count > 0) return
      await new Promise<void>((resolve) => {
        const timer = host.setTimer(restMs, resolve)
        onFirst = () => {
          timer.cancel()
          resolve()
        }
      })
    },
  }
}

/**
 * A sentence about a credential of the model's provider that can no longer serve it; null for every other event.
 * @param model `provider/model`, or an alias, whose provider is not known here
 */
function keyNews(event: WireEvent, model: string): string | null {
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
