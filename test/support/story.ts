// Tests of deciders as sentences: given what happened, when this is asked for, then that follows.
import { expect } from 'vitest'
import type { Command } from '../../src/domain/command.ts'
import { limitStanding } from '../../src/domain/cooldown.ts'
import { decide, streamOf } from '../../src/domain/decide.ts'
import type { Cooldown, Credential, FoldedEvent } from '../../src/domain/entities.ts'
import type { DomainEvent } from '../../src/domain/events.ts'
import { parseAgentId, parseFingerprint, parseProfileId, parseProviderId } from '../../src/domain/ids.ts'
import { evolve, initialState, type State } from '../../src/domain/state.ts'
import { type ErrorName, TraseError } from '../../src/errors.ts'
import { refusalOf } from './refusal-of.ts'

/** Noon of a day; the moments of all tests count from here, in milliseconds. */
export const noon = Date.UTC(2026, 0, 15, 12)
export const secondMs = 1_000
export const minuteMs = 60_000
export const dayMs = 86_400_000

export const anthropic = parseProviderId('anthropic')
export const openai = parseProviderId('openai')
export const main = parseAgentId('main')
export const work = parseProfileId('anthropic:work')
export const home = parseProfileId('anthropic:home')
export const gpt = parseProfileId('openai:default')
export const print1 = parseFingerprint('1111111111111111')
export const print2 = parseFingerprint('2222222222222222')

export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

export type Fact = DomainEvent & { readonly at?: number }

/** A credential that was stored at noon. */
export function added(
  profileId = work,
  more: Partial<Extract<DomainEvent, { type: 'CredentialAdded' }>['data']> = {},
): Fact {
  const provider = parseProviderId(profileId.split(':')[0] ?? '')
  const source = { kind: 'vault', name: profileId } as const
  return {
    type: 'CredentialAdded',
    data: { profileId, provider, kind: 'api_key', source, fingerprint: print1, ...more },
  }
}

type Add = Extract<Command, { type: 'AddCredential' }>

/** The command that stores `anthropic:work`. */
export function add(more: Partial<Add> = {}): Add {
  const source = { kind: 'vault', name: work } as const
  const value = { kind: 'api_key', source, fingerprint: print1, expiresAt: null, agent: null } as const
  return { type: 'AddCredential', profileId: work, provider: anthropic, ...value, ...more }
}

/** The state after these facts, which happened at noon unless they say otherwise. */
export function stateAfter(...facts: readonly Fact[]): State {
  return facts.reduce((state, fact, index) => {
    return evolve(state, { at: noon, ...fact, stream: 'any', version: index + 1 })
  }, initialState)
}

export interface Outcome {
  thenHappens(...events: readonly DomainEvent[]): void
  thenNothing(): void
  thenRefused(code: ErrorName, message: string, hint?: string): void
}

/** `given(…).when(command, at).thenHappens(…)`. */
export function given(...facts: readonly Fact[]): { when(command: Command, now?: number): Outcome } {
  const state = stateAfter(...facts)
  return {
    when: (command, now = noon) => ({
      thenHappens: (...events) => expect(decide(state, command, now)).toEqual(events),
      thenNothing: () => expect(decide(state, command, now)).toEqual([]),
      thenRefused: (code, message, hint) => {
        const refusal = refusalOf(() => decide(state, command, now))
        expect({ code: refusal.code, message: refusal.message }).toEqual({ code, message })
        if (hint !== undefined) expect(refusal.hint).toBe(hint)
      },
    }),
  }
}

/** A log in memory: what commands led to, in order, with the state that was folded on the way. */
export interface Story {
  readonly state: State
  readonly events: readonly FoldedEvent[]
}

export const untold: Story = { state: initialState, events: [] }

/** One command more; a refused one leaves the story as it was. */
export function tell(story: Story, command: Command, at: number): Story {
  const stream = streamOf(command)
  const before = story.events.filter((event) => event.stream === stream).length
  let decided: readonly DomainEvent[]
  try {
    decided = decide(story.state, command, at)
  } catch (error) {
    if (error instanceof TraseError) return story
    throw error
  }
  const events = decided.map((event, index): FoldedEvent => ({ ...event, stream, version: before + 1 + index, at }))
  return { state: events.reduce(evolve, story.state), events: [...story.events, ...events] }
}

/** The cooldown that keeps a request for `model` from a credential that shares its limit with nobody. */
export function runningCooldown(credential: Credential, model: string | null, now: number): Cooldown | null {
  return limitStanding([credential], model, now).running
}
