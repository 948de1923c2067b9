// What `/model` offers and how it looks, at any width.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseProfileId, parseProviderId, parseSessionId } from '../../src/domain/ids.ts'
import { markedModels, type ModelListing } from '../../src/domain/model-list.ts'
import { numberedModels, offerModels } from '../../src/domain/model-picker.ts'
import { helpText, pickerText, statusText, switchText } from '../../src/domain/model-text.ts'
import { pinProblem, servedBy, sessionProblem, viewSession } from '../../src/domain/session-view.ts'
import { wrapWords } from '../../src/domain/wrap-words.ts'
import { choose, cooling, credential, disabled, now } from '../support/selection-input.ts'
import { main } from '../support/story.ts'

const named = { default: 'anthropic/claude-sonnet-4-5', aliases: { gpt: 'openai/gpt-5' } }

function listingOf(lists: Readonly<Record<string, readonly string[]>>): ModelListing {
  return {
    default: named.default,
    providers: Object.entries(lists).map(([provider, names]) => ({
      provider,
      fetchedAt: '2026-01-15T12:00:00.000Z',
      models: markedModels(parseProviderId(provider), names, named),
    })),
  }
}

const offered = (listing: ModelListing, current: string | null = null, filter: string | null = null): string[] =>
  numberedModels(offerModels(listing, current, filter)).map(({ model }) => model)

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`)

test('what people named comes first, then the list in its order', () => {
  const listing = listingOf({ anthropic: ['claude-opus-4-5', 'claude-sonnet-4-5'], openai: ['o4-mini', 'gpt-5'] })
  expect(offered(listing)).toEqual([
    'anthropic/claude-sonnet-4-5',
    'anthropic/claude-opus-4-5',
    'openai/gpt-5',
    'openai/o4-mini',
  ])
})

test('the model in use is offered, whatever the lists say', () => {
  const listing = listingOf({ anthropic: ['claude-opus-4-5'] })
  expect(offered(listing, 'anthropic/claude-2')).toContain('anthropic/claude-2')
  expect(offered(listing, 'groq/llama-4')).toContain('groq/llama-4')
})

test('models that hold no conversation, and dated editions, are shown to who asks for them', () => {
  const names = ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-3-20240101', 'text-embedding-3', 'whisper-1', 'gpt-image-1']
  expect(offered(listingOf({ openai: names }))).toEqual(['openai/gpt-5', 'openai/gpt-4o', 'openai/gpt-3-20240101'])
  expect(offered(listingOf({ openai: names }), null, 'whisper')).toEqual(['openai/whisper-1'])
})

test('the room is shared, and what nobody needs goes to the others', () => {
  const listing = listingOf({ acme: many(2), groq: many(100), xai: many(100) })
  const groups = offerModels(listing, null, null)
  expect(groups.map(({ models, left }) => [models.length, left])).toEqual([
    [2, 0],
    [11, 89],
    [11, 89],
  ])
})

test('words narrow the list: names, providers and aliases that hold all of them', () => {
  const listing = listingOf({ anthropic: ['claude-opus-4-5'], openai: ['gpt-5-mini', 'o4-mini'] })
  expect(offered(listing, null, 'mini gpt')).toEqual(['openai/gpt-5-mini'])
  expect(offered(listing, null, 'openai')).toHaveLength(3)
  expect(offered(listing, null, 'gpt')).toEqual(['openai/gpt-5', 'openai/gpt-5-mini'])
})

test('numbers go from 1 on without gaps, and a list has an end', () => {
  const counts = fc.array(fc.nat(80), { maxLength: 6 })
  fc.assert(
    fc.property(counts, fc.option(fc.constantFrom('m', 'm1')), (given, filter) => {
      const lists = Object.fromEntries(given.map((count, index) => [`p${index}`, many(count)]))
      const models = numberedModels(offerModels(listingOf(lists), null, filter))
      expect(models.map(({ number }) => number)).toEqual(models.map((_, index) => index + 1))
      expect(models.length).toBeLessThanOrEqual(filter === null ? 24 : 60)
    }),
  )
})

const session = parseSessionId('chat-7')
const work = credential('anthropic:work', cooling(now + 264_000))
const home = credential('anthropic:home')
const pinned = { session, agent: main, model: named.default, profileId: work.profileId, pinnedAt: now, version: 1 }

function picker(width: number, filter: string | null = null): string {
  const listing = listingOf({
    anthropic: ['claude-opus-4-5'],
    openrouter: ['meta-llama/llama-3.3-70b-instruct-fp8', 'qwen/qwen3-coder'],
  })
  const view = viewSession(undefined, named.default)
  const selection = choose([work, home])
  return pickerText({
    now,
    width,
    view,
    served: servedBy(selection),
    problem: sessionProblem(view, selection),
    offered: offerModels(listing, view.model, filter),
    filter,
    servedBy: (provider) => servedBy(choose(provider === 'anthropic' ? [work, home] : [])),
    servedFor: ({ model }) => servedBy(choose(model.includes('opus') ? [work] : model.startsWith('a') ? [home] : [])),
  })
}

test('the picker at 80 columns', () => {
  expect(picker(80)).toBe(
    [
      'model: anthropic/claude-sonnet-4-5 (the default)',
      'credential: anthropic:home',
      '',
      'anthropic (next: anthropic:home)',
      ' 1. claude-sonnet-4-5 (default) <- current',
      ' 2. claude-opus-4-5 - rate limited for 4m 24s',
      '',
      'openrouter (no credential)',
      ' 3. meta-llama/llama-3.3-70b-instruct-fp8',
      ' 4. qwen/qwen3-coder',
      '',
      'switch: /model <number>   more: /model status, /model help',
    ].join('\n'),
  )
})

test('the picker at 40 columns keeps names whole', () => {
  expect(picker(40).split('\n')).toEqual(
    expect.arrayContaining([
      ' 1. claude-sonnet-4-5 (default)',
      '      <- current',
      ' 2. claude-opus-4-5 - rate limited for',
      '      4m 24s',
      ' 3.',
      '   meta-llama/llama-3.3-70b-instruct-fp8',
    ]),
  )
})

test('a filter that nothing fits says so', () => {
  expect(picker(80, 'zebra')).toBe("no model's name holds zebra\n\nsee all: /model list")
})

test('the full view at 40 columns', () => {
  const view = viewSession(pinned, null)
  const credentials = [work, home]
  const selection = choose(credentials, { sessionPin: work.profileId })
  const text = statusText({
    now,
    width: 40,
    session,
    agent: main,
    view,
    served: servedBy(selection),
    problem: sessionProblem(view, selection),
    byDefault: null,
    providers: [
      {
        provider: 'anthropic',
        endpoint: 'https://llm.acme.test',
        selection,
        credentialOf: (id) => credentials.find(({ profileId }) => profileId === id),
      },
    ],
  })
  expect(text).toBe(
    [
      'session: chat-7',
      'agent: main',
      'model: anthropic/claude-sonnet-4-5',
      '  (chosen for this session)',
      'credential: the session is pinned to',
      '  anthropic:work, which is rate limited:',
      '  choose another with /model, or go back',
      '  with /model default',
      'default: none set',
      '',
      'anthropic at https://llm.acme.test',
      '  anthropic:work: rate limited, 4m 24s',
      '    left',
      '  anthropic:home: excluded, the session',
      '    is pinned to anthropic:work',
      '',
      'drop the pin: /model default',
    ].join('\n'),
  )
})

test.each([
  [
    true,
    pinned,
    [work, home],
    work.profileId,
    /^switched to \S+\nBut the session is pinned to anthropic:work, which is/,
  ],
  [true, { ...pinned, profileId: null }, [home], null, /^switched to \S+, with anthropic:home$/],
  [true, { ...pinned, profileId: home.profileId }, [home], home.profileId, /, with anthropic:home pinned$/],
  [false, { ...pinned, profileId: null }, [home], null, /^already on /],
  [true, undefined, [home], null, /^back to the default: anthropic\/claude-sonnet-4-5, with anthropic:home$/],
  [false, undefined, [home], null, /^on the default: /],
  [true, undefined, [], null, /\nBut there is no credential for anthropic\.$/],
] as const)(
  'a switch (changed: %s) with pin %j says what serves the session',
  (changed, pin, all, sessionPin, text) => {
    const view = viewSession(pin, named.default)
    const selection = choose([...all], { sessionPin })
    const problem = sessionProblem(view, selection)
    expect(switchText({ now, width: 200, changed, view, served: servedBy(selection), problem, note: null })).toMatch(
      text,
    )
  },
)

test('a pinned credential that is gone is named, with why nothing else is used', () => {
  const gone = parseProfileId('anthropic:gone')
  const { candidates, next } = choose([home], { sessionPin: gone })
  expect(next).toBe(null)
  expect(pinProblem(gone, candidates)).toBe('the session is pinned to anthropic:gone, which is not there any more')
  const off = choose([credential('anthropic:gone', disabled('user')), home], { sessionPin: gone })
  expect(pinProblem(gone, off.candidates)).toBe(
    'the session is pinned to anthropic:gone, which is disabled (switched off by hand)',
  )
})

test('no line is wider than it may be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 120 }), (width) => {
      for (const text of [picker(width), picker(width, 'a'), helpText({ now, width })]) {
        expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width)
      }
    }),
  )
})

test('wrapping loses nothing but spaces, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.integer({ min: 20, max: 90 }), fc.nat(8), (text, width, indent) => {
      const lines = wrapWords(text, width, indent)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(width)
    }),
  )
})
