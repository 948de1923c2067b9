// The order of credentials when nobody set one, and where money begins in any order.
import { type Credential, isStored } from './entities.ts'
import type { ProfileId } from './ids.ts'
import type { RequestFacts } from './request-facts.ts'

const storedKinds = ['oauth', 'token', 'api_key'] as const satisfies readonly Credential['kind'][]

/** Stored ones by kind, then those of the environment. */
export function usualRank({ kind, source }: Credential): number {
  return isStored(source) ? storedKinds.indexOf(kind) : storedKinds.length
}

export interface UsualOrderInput {
  readonly credentials: readonly Credential[]
  /** The environment's in the order of the contract's section 3. */
  readonly environmentOrder: readonly ProfileId[]
  readonly facts: RequestFacts
}

/** Stored ones by kind, within a kind the longest unused first; then the environment's in their own order. */
export function usualOrder(input: UsualOrderInput): Credential[] {
  const { facts } = input
  const usedAt = new Map(steadyOrder(input).map((credential) => [credential, lastUse(facts, credential)]))
  return [...usedAt.keys()].toSorted(
    (a, b) => usualRank(a) - usualRank(b) || (usedAt.get(a) ?? -1) - (usedAt.get(b) ?? -1),
  )
}

/** The same without regard to when they were used: what stays as it is from one request to the next. */
export function steadyOrder({
  credentials,
  environmentOrder,
}: Pick<UsualOrderInput, 'credentials' | 'environmentOrder'>): Credential[] {
  const place = new Map(environmentOrder.map((profileId, index) => [profileId, index]))
  // One that is not in the order is about to leave: its variable is gone already.
  const placeOf = ({ profileId, source }: Credential): number =>
    isStored(source) ? 0 : (place.get(profileId) ?? environmentOrder.length)
  return credentials.toSorted(
    (a, b) => usualRank(a) - usualRank(b) || placeOf(a) - placeOf(b) || (a.profileId < b.profileId ? -1 : 1),
  )
}

/** The environment's credentials keep their own order, used or not. */
function lastUse(facts: RequestFacts, { profileId, source }: Credential): number {
  return isStored(source) ? facts.use(profileId).lastUsedAt : 0
}

/** An API key is billed by use; OAuth and token credentials are of a subscription. */
export function isPaid({ kind }: Credential): boolean {
  return kind === 'api_key'
}

/**
 * A number for each credential of an order that grows wherever an API key follows a subscription credential. Whatever arranges an order
 * does so within one number only, and so never moves spending forward.
 */
export function segmentsOf(order: readonly Credential[]): number[] {
  let segment = 0
  let afterSubscription = false
  return order.map((credential) => {
    if (isPaid(credential) && afterSubscription) segment += 1
    afterSubscription = !isPaid(credential)
    return segment
  })
}
