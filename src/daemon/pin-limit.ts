// Keeps the pins of sessions within their limit: chats come and go, and most never say that they are over.
import type { Pin } from '../domain/entities.ts'
import { parseModelRef } from '../domain/model-ref.ts'
import { type Pins, pinsKeptMax } from '../domain/session.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { CommandBus } from './command-bus.ts'
import type { RequestMemory } from './request-memory.ts'

type Memory = Pick<RequestMemory, 'sessionLast'>

/**
 * After each pin that is one too many the oldest is dropped, which the history shows with its reason. One whose session sent
 * a request lately is spared as long as there are others.
 */
export function keepPinsWithinLimit(
  bus: Pick<CommandBus, 'state' | 'execute' | 'onAppended'>,
  memory: Memory,
  log: Pick<Host['log'], 'warn'>,
): void {
  function makeRoom(): void {
    const { pins } = bus.state()
    if (Object.keys(pins).length <= pinsKeptMax) return
    const dropped = dispensable(pins, memory)
    if (!dropped) return
    const { session } = dropped
    bus.execute({ type: 'UnpinModel', session, reason: 'limit' }, { kind: 'gateway' }).catch((error: unknown) => {
      log.warn({ session, error: messageOf(error) }, 'the pin of an old session could not be dropped')
    })
  }

  bus.onAppended((events) => {
    for (const { type } of events) if (type === 'ModelPinned') makeRoom()
  })
}

function dispensable(pins: Pins, memory: Memory): Pin | null {
  const isInUse = ({ session, model }: Pin): boolean =>
    memory.sessionLast(session, parseModelRef(model).provider) !== null
  let oldest: Pin | null = null
  let oldestIdle: Pin | null = null
  for (const pin of Object.values(pins)) {
    if (oldest === null || pin.pinnedAt < oldest.pinnedAt) oldest = pin
    if ((oldestIdle === null || pin.pinnedAt < oldestIdle.pinnedAt) && !isInUse(pin)) oldestIdle = pin
  }
  return oldestIdle ?? oldest
}
