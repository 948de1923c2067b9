// The clients of the HTTP gateway and their tokens.
import { expect, test } from 'vitest'
import { clientsMax } from '../../src/domain/client.ts'
import type { ClientCommand } from '../../src/domain/command.ts'
import { decide } from '../../src/domain/decide.ts'
import { type Fact, given, noon, stateAfter } from '../support/story.ts'

const tokenHash = '0123456789abcdef0123456789abcdef'

function issue(name: string, boundToPid: number | null = null): ClientCommand {
  return { type: 'IssueClient', name, tokenHash, boundToPid }
}

function issued(name: string): Fact {
  return { type: 'ClientIssued', data: { name, tokenHash } }
}

test('a token is issued', () => {
  given()
    .when(issue('laptop'))
    .thenHappens({ type: 'ClientIssued', data: { name: 'laptop', tokenHash } })
})

test('a token can be bound to a process', () => {
  given()
    .when(issue('exec:7', 7))
    .thenHappens({ type: 'ClientIssued', data: { name: 'exec:7', tokenHash, boundToPid: 7 } })
})

test('a name that has a token is refused', () => {
  const hint = 'take another name, or revoke it first: traseai clients revoke laptop'
  given(issued('laptop'))
    .when(issue('laptop'))
    .thenRefused('already_exists', 'client "laptop" already has a token', hint)
})

test.each(['a', '7', 'constructor', 'me@host.example:1_2-3', 'x'.repeat(64)])('"%s" is a client name', (name) => {
  expect(decide(stateAfter(), issue(name), noon)).toHaveLength(1)
})

test.each(['', '__proto__', '-a', ' a', 'a b', 'a\n', 'ä', 'x'.repeat(65)])('%j is not a client name', (name) => {
  given()
    .when(issue(name))
    .thenRefused('usage', `${JSON.stringify(name)} is not a client name`)
})

test('a refusal quotes no more than the beginning of a long name', () => {
  given()
    .when(issue('x'.repeat(500)))
    .thenRefused('usage', `"${'x'.repeat(80)}" is not a client name`)
  given()
    .when({ type: 'RevokeClient', name: 'x'.repeat(500) })
    .thenRefused('not_found', `client "${'x'.repeat(80)}" not found`)
})

test('there is a limit to how many clients have a token', () => {
  const names = Array.from({ length: clientsMax }, (_, index) => issued(`c${index}`))
  expect(decide(stateAfter(...names.slice(1)), issue('one-more'), noon)).toHaveLength(1)
  given(...names)
    .when(issue('one-more'))
    .thenRefused('limit_reached', '1000 clients have a token, and no more can')
})

test('a token is revoked', () => {
  given(issued('laptop'))
    .when({ type: 'RevokeClient', name: 'laptop' })
    .thenHappens({ type: 'ClientRevoked', data: { name: 'laptop', tokenHash } })
})

test('an unknown client is refused with the nearest known one', () => {
  const command = { type: 'RevokeClient', name: 'labtop' } as const
  given(issued('laptop')).when(command).thenRefused('not_found', 'client "labtop" not found', 'did you mean laptop?')
  given()
    .when(command)
    .thenRefused('not_found', 'client "labtop" not found', 'see which there are: traseai clients list')
})

test('a name that was revoked can be issued again', () => {
  given(issued('laptop'), { type: 'ClientRevoked', data: { name: 'laptop', tokenHash } })
    .when(issue('laptop'))
    .thenHappens({ type: 'ClientIssued', data: { name: 'laptop', tokenHash } })
})
