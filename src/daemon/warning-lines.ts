// Lines of the log about what a person has to do something about: a credential that ends or is good for one program only, and every matter.
import { entryOf } from '../domain/entities.ts'
import type { RecordedEvent } from '../domain/events.ts'
import type { Matter, MatterKind } from '../domain/matter.ts'
import { renewal } from '../domain/problem.ts'
import { restrictionHint, restrictionWords } from '../domain/restriction.ts'
import type { Host } from '../host.ts'
import type { CommandBus } from './command-bus.ts'

/** Their lines come at the event itself, from whoever raises them, or from what tries to write. */
const loggedElsewhere: ReadonlySet<MatterKind> = new Set<MatterKind>([
  'expiring',
  'expired',
  'history_check_failed',
  'storage_failed',
])

/** One line for a matter that began, whether anybody else is told or not. */
export function logMatter({ log }: Pick<Host, 'log'>, { kind, key, message, hint }: Matter): void {
  if (!loggedElsewhere.has(kind)) log.warn({ matter: key, hint }, message)
}

export interface WarningLinesDeps {
  readonly host: Pick<Host, 'log'>
  readonly bus: Pick<CommandBus, 'state' | 'onAppended'>
}

/** One line for each event of these kinds, once it is on disk; the events themselves come once each. Returns the way to stop. */
export function openWarningLines({ host, bus }: WarningLinesDeps): () => void {
  return bus.onAppended((events) => {
    for (const event of events) warn(event)
  })

  function warn({ type, data }: RecordedEvent): void {
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
