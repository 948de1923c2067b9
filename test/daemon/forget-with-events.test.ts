// What is left of a limit is forgotten with the value it was said of, and when a person lifts the limit.
import { describe, expect, test } from 'vitest'
import { forgetWithEvents } from '../../src/daemon/forget-with-events.ts'
import { openRequestMemory } from '../../src/daemon/request-memory.ts'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { parseProfileId } from '../../src/domain/ids.ts'

const profileId = parseProfileId('openai:work')
const nothingLeft = [{ of: 'requests', left: 0, whole: 100, resetAt: Date.parse('2026-01-01T00:01:00.000Z') }] as const

function openMemory() {
  const memory = openRequestMemory([])
  let tell: (events: readonly RecordedEvent[]) => void = () => undefined
  const bus = { onAppended: (listener: typeof tell) => ((tell = listener), () => undefined) }
  forgetWithEvents(bus, memory, { groupOf: () => null })
  memory.noteQuota(profileId, 'gpt-5', memory.noteStart(profileId, profileId, 'gpt-5'), nothingLeft)
  const happened = (type: string, data: object): void =>
    tell([{ type, data: { profileId, ...data } } as unknown as RecordedEvent]) // its envelope is not looked at
  return { happened, quota: () => memory.limit(profileId).quotaOf('gpt-5') }
}

describe('what a provider said is left', () => {
  test.each([
    ['a cooldown was cleared by hand', 'CredentialCooldownCleared', { reason: 'user' }, false],
    ['a trial ended a cooldown', 'CredentialCooldownCleared', { reason: 'trial' }, true],
    ['the key was replaced', 'CredentialRotated', {}, false],
    ['the key was revealed', 'CredentialRevealed', {}, true],
  ])('after %s', (_, type, data, isKnown) => {
    const { happened, quota } = openMemory()
    expect(quota()).not.toBeNull()
    happened(type, data)
    expect(quota() !== null).toBe(isKnown)
  })
})
