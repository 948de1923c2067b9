// The limit on pins: which one makes room, and that it does.
import { expect, test } from 'vitest'
import { keepPinsWithinLimit } from '../../src/daemon/pin-limit.ts'
import type { Command } from '../../src/domain/command.ts'
import type { Pin } from '../../src/domain/entities.ts'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { parseSessionId, type SessionId } from '../../src/domain/ids.ts'
import { pinsKeptMax } from '../../src/domain/session.ts'
import { initialState } from '../../src/domain/state.ts'
import { main, noon, work } from '../support/story.ts'

function pinOf(session: SessionId, pinnedAt: number): Pin {
  return { session, agent: main, model: 'anthropic/claude-opus-4-5', profileId: null, pinnedAt, version: 1 }
}

/** `count` sessions, `s0` the one that pinned last; `busy` sent a request lately. */
async function afterPinning(count: number, busy: (session: SessionId) => boolean = () => false) {
  const sessions = Array.from({ length: count }, (_, index) => parseSessionId(`s${index}`))
  const pins = Object.fromEntries(sessions.map((session, index) => [session, pinOf(session, noon - index)]))
  const executed: Command[] = []
  const warned: unknown[] = []
  let tell: (events: readonly RecordedEvent[]) => void = () => undefined
  keepPinsWithinLimit(
    {
      state: () => ({ ...initialState, pins }),
      async execute(command) {
        executed.push(command)
        throw new Error('the disk is full')
      },
      onAppended(listener) {
        tell = listener
        return () => undefined
      },
    },
    { sessionLast: (session) => (busy(session) ? work : null) },
    { warn: (facts: unknown) => void warned.push(facts) },
  )
  const data = { session: parseSessionId('s0'), agent: main, model: 'anthropic/claude-opus-4-5' }
  const envelope = {
    position: 1,
    stream: 'session:s0',
    version: 1,
    at: noon,
    actor: { kind: 'rpc' },
    cause: null,
  } as const
  tell([{ ...envelope, type: 'ModelPinned', data }])
  await Promise.resolve()
  return { executed, warned }
}

test('as many as are kept leave each other alone', async () => {
  expect(await afterPinning(pinsKeptMax)).toEqual({ executed: [], warned: [] })
})

test('one more drops the oldest, and a disk that refuses is told to the log', async () => {
  const session = `s${pinsKeptMax}`
  const { executed, warned } = await afterPinning(pinsKeptMax + 1)
  expect(executed).toEqual([{ type: 'UnpinModel', session, reason: 'limit' }])
  expect(warned).toEqual([{ session, error: 'the disk is full' }])
})

test('a session that is in use is spared as long as there are others', async () => {
  const oldest = `s${pinsKeptMax}`
  const { executed } = await afterPinning(pinsKeptMax + 1, (session) => session === oldest)
  expect(executed).toMatchObject([{ session: `s${pinsKeptMax - 1}` }])
  expect((await afterPinning(pinsKeptMax + 1, () => true)).executed).toMatchObject([{ session: oldest }])
})
