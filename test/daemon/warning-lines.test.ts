// What the log tells a person to do something about.
import { expect, test } from 'vitest'
import { openWarningLines } from '../../src/daemon/warning-lines.ts'
import type { DomainEvent, RecordedEvent } from '../../src/domain/events.ts'
import type { State } from '../../src/domain/state.ts'
import { realHost } from '../../src/host.ts'
import { added, iso, noon, stateAfter, work } from '../support/story.ts'

/** The lines that these events lead to. */
function linesAfter(state: State, ...events: readonly DomainEvent[]): unknown[] {
  const lines: unknown[] = []
  const host = {
    log: { ...realHost().log, warn: (fields: object, message: string) => void lines.push([message, fields]) },
  }
  let listen: ((events: readonly RecordedEvent[]) => void) | null = null
  const bus = {
    state: () => state,
    onAppended(listener: (events: readonly RecordedEvent[]) => void) {
      listen = listener
      return () => (listen = null)
    },
  }
  const stop = openWarningLines({ host, bus })
  const publish = (): void =>
    listen?.(
      events.map((event, index) => ({
        ...event,
        position: index + 1,
        stream: '',
        version: 1,
        at: noon,
        actor: { kind: 'timer' },
        cause: null,
      })),
    )
  publish()
  stop()
  publish() // nobody listens any more
  return lines
}

const data = { profileId: work, expiresAt: iso(noon) }
const variable = added(work, { source: { kind: 'env-file', name: 'ANTHROPIC_API_KEY' } })

test('the end of a credential is told with its moment and how to renew it', () => {
  const hint = 'traseai env set ANTHROPIC_API_KEY'
  expect(
    linesAfter(stateAfter(variable), { type: 'CredentialExpiring', data }, { type: 'CredentialExpired', data }),
  ).toEqual([
    ['a credential is about to expire', { ...data, hint }],
    ['a credential has expired', { ...data, hint }],
  ])
})

test('a credential that is good for one program only is told with how to get one for the others', () => {
  expect(
    linesAfter(stateAfter(added()), { type: 'CredentialRestricted', data: { profileId: work, to: 'claude-code' } }),
  ).toEqual([
    [
      'the provider takes a credential only for Claude Code: other programs need an API key',
      {
        profileId: work,
        hint: 'traseai models auth paste-api-key --provider anthropic   (then put it first: traseai models auth order set --provider anthropic anthropic:api-key …)',
      },
    ],
  ])
})

test('a credential that went away meanwhile is told of without a command', () => {
  expect(linesAfter(stateAfter(), { type: 'CredentialExpired', data })).toEqual([['a credential has expired', data]])
})

test('other events are for the history alone', () => {
  expect(linesAfter(stateAfter(added()), { type: 'CredentialRevealed', data: { profileId: work } })).toEqual([])
})
