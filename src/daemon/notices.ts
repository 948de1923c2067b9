// Tells the log's reader what a person has to do something about: a credential that ends, or that is good for one program only.
import { entryOf } from '../domain/entities.ts'
import type { RecordedEvent } from '../domain/events.ts'
import { renewal } from '../domain/problem.ts'
import { restrictionHint, restrictionWords } from '../domain/restriction.ts'
import type { Host } from '../host.ts'
import type { CommandBus } from './command-bus.ts'

export interface NoticesDeps {
  readonly host: Pick<Host, 'log'>
  readonly bus: Pick<CommandBus, 'state' | 'onAppended'>
}

/** One line for each event of these kinds, once it is on disk; the events themselves come once each. Returns the way to stop. */
export function openNotices({ host, bus }: NoticesDeps): () => void {
  return bus.onAppended((events) => {
    for (const event of events) tell(event)
  })

  function tell({ type, data }: RecordedEvent): void {
    switch (type) {
      case 'CredentialExpiring':
        host.log.warn({ ...data, ...renewalOf(data.profileId) }, 'a credential is about to expire')
        break
      case 'CredentialExpired':
        host.log.warn({ ...data, ...renewalOf(data.profileId) }, 'a credential has expired')
        break
      case 'CredentialRestricted': {
        const { profileId, to } = data
        const credential = entryOf(bus.state().credentials, profileId)
        const hint = credential ? { hint: restrictionHint(credential.provider) } : {}
        host.log.warn(
          { profileId, ...hint },
          `the provider takes a credential ${restrictionWords(to)}: other programs need an API key`,
        )
        break
      }
      default: // is for the history
    }
  }

  function renewalOf(profileId: string): { readonly hint?: string } {
    const credential = entryOf(bus.state().credentials, profileId)
    return credential ? { hint: renewal(credential) } : {}
  }
}
