// Which model a chat asks: the session's or the default one, else one to begin with.
import { TraseError } from '../../../errors.ts'
import type { Result } from '../../../protocol/contract.ts'
import { giveKeyHint } from '../../give-key-hint.ts'
import { given } from '../../option-values.ts'
import { modelToBeginWith } from '../onboard/default-models.ts'
import type { ChatPlace } from './chat-place.ts'
import type { GatewayLink } from './gateway-link.ts'

export interface ModelInUse {
  /** `provider/model`. */
  readonly model: string
  /** `first`: nobody chose one, so it is one to begin with. */
  readonly origin: 'session' | 'default' | 'first'
  /** The session as the gateway sees it: which credential is next, or why none is. */
  readonly view: Result<'session.get'>
}

/** A person waits for the lists of models. */
const listMsMax = 3_000

/**
 * @throws TraseError `no_credentials` when there is nothing to begin with, `not_found` when a model must be chosen first
 */
export async function modelInUse(link: GatewayLink, { session, agent }: ChatPlace): Promise<ModelInUse> {
  const view = await link.call('session.get', { session, ...given({ agent }) })
  if (view.model !== null) return { model: view.model, origin: view.origin === 'session' ? 'session' : 'default', view }
  const report = await link.call('models.status', given({ agent }))
  const usable = report.providers.filter(({ next }) => next !== null).map(({ provider }) => provider)
  if (usable.length === 0) {
    const known = report.providers.some(({ candidates }) => candidates.length > 0)
    throw new TraseError('no_credentials', known ? 'no credential is usable' : 'no provider has a credential', {
      hint: known ? 'see why: traseai models status' : `traseai onboard, or: ${giveKeyHint()}`,
    })
  }
  const lists = await link.call('models.list', { ...given({ agent }), timeoutMs: listMsMax })
  const model = modelToBeginWith(lists, usable)
  if (model !== null) return { model, origin: 'first', view }
  throw new TraseError('not_found', 'no model is chosen, and none suggests itself', {
    hint: 'choose one: traseai models set <provider>/<model>; see: traseai models list',
  })
}
