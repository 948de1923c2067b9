// What is read from the screens of `claude setup-token`, as the real program drew them in terminals of three widths.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClaudeScreen, readClaudeScreen, type Screen } from '../../src/login/claude-screens.ts'
import { openEmulatedScreen } from '../../src/login/emulated-screen.ts'
import { lastWords } from '../../src/login/last-words.ts'
import { Secret } from '../../src/vault/secret.ts'

interface Recording {
  readonly columns: number
  readonly rows: number
  /** As the program wrote them; in the place of its values stand made-up ones. */
  readonly chunks: readonly string[]
}

const recordings = [500, 80, 40].map((columns): [number, Recording] => {
  const path = new URL(`../fixtures/claude/setup-token-${columns}-columns.json`, import.meta.url)
  return [columns, JSON.parse(readFileSync(path, 'utf8')) as Recording]
})

const addressWith = (state: string): string =>
  `https://claude.com/cai/oauth/authorize?code=true&client_id=00000000-0000-0000-0000-000000000000&response_type=code&redirect_uri=https%3A%2F%2Fplatform.claude.com%2Foauth%2Fcode%2Fcallback&scope=user%3Ainference&code_challenge=Made-up-challenge-Made-up-challenge-Made-up&code_challenge_method=S256&state=${state}`
const firstAddress = addressWith('made-up-state-1-made-up-state-1-made-up-sta')
const secondAddress = addressWith('made-up-state-2-made-up-state-2-made-up-sta')

/** Every screen that says how to go on, in order, each once. */
async function screensOf({ columns, rows }: Recording, chunks: readonly string[]): Promise<ClaudeScreen[]> {
  const emulated = openEmulatedScreen({ cols: columns, rows })
  const seen = new Map<string, ClaudeScreen>()
  for (const chunk of chunks) {
    await new Promise<void>((resolve) => emulated.write(chunk, resolve))
    const screen = readClaudeScreen(emulated.rows())
    if (screen.kind !== 'other') seen.set(JSON.stringify(screen), screen)
  }
  emulated.close()
  return [...seen.values()]
}

const story = [
  { kind: 'prompt', url: firstAddress },
  { kind: 'refused', reason: 'Request failed with status code 400' },
  { kind: 'prompt', url: secondAddress },
  { kind: 'token', token: `sk-ant-oat01-Made-up_tok${'x'.repeat(76)}-madeupAA`, complete: true },
]

describe('a sign-in as the real program draws it', () => {
  it.each(recordings)('is read at %i columns', async (_columns, recording) => {
    expect(await screensOf(recording, recording.chunks)).toEqual(story)
  })

  it.each(recordings)(
    'is read the same at %i columns, wherever what is written is cut into pieces',
    async (_columns, recording) => {
      const text = recording.chunks.join('')
      const cuts = fc.array(fc.nat({ max: text.length }), { maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(cuts, async (places) => {
          const edges = [0, ...places.toSorted((a, b) => a - b), text.length]
          const pieces = edges.slice(1).map((edge, index) => text.slice(edges[index], edge))
          const whole = (await screensOf(recording, pieces)).filter((seen) => seen.kind !== 'token' || seen.complete)
          for (const seen of whole) expect(story).toContainEqual(seen)
          expect(whole.at(-1)).toEqual(story.at(-1))
        }),
        { numRuns: 30 },
      )
    },
  )
})

const token = `sk-ant-oat01-${'Made-up_'.repeat(11)}madeupAA`

describe('a screen', () => {
  it.each<[string, Screen]>([
    ['an address without a prompt, which may not be whole yet', [firstAddress]],
    ['a prompt without an address', ['Paste code here if prompted >']],
    ['a prompt above an address', ['Paste code here if prompted >', firstAddress]],
    ['an address of something else', ['https://claude.com/docs', '', 'Paste code here if prompted >']],
    ['a program that waits for Enter for another reason', ['Press Enter to continue']],
    ['the name of the token in an instruction', ['export CLAUDE_CODE_OAUTH_TOKEN=<token>']],
    ['a few characters of a token', ['sk-ant-oat01-Made-up']],
    ['nothing', []],
  ])('that shows %s says nothing', (_what, screen) => {
    expect(readClaudeScreen(screen)).toEqual({ kind: 'other' })
  })

  it('with a token and what is left of the prompt below it may not hold all of the token', () => {
    const screen = [`  ${token.slice(0, 60)}`, '', ' Paste code here if prompted > ****']
    expect(readClaudeScreen(screen)).toEqual({ kind: 'token', token: token.slice(0, 60), complete: false })
  })

  it.each([
    ['Invalid code. Please make sure the full code was copied', 'no state in it'],
    ['getaddrinfo ECONNREFUSED platform.claude.com', 'no network'],
    ['', 'no reason'],
  ])('that refuses with %j (%s) gives that as the reason', (reason) => {
    expect(readClaudeScreen(['', ` OAuth error: ${reason}`, '', ' Press Enter to retry.'])).toEqual({
      kind: 'refused',
      reason,
    })
  })

  it('joins any address that was broken at an edge', () => {
    const edges = fc.record({ width: fc.integer({ min: 30, max: 200 }), indent: fc.integer({ min: 0, max: 4 }) })
    fc.assert(
      fc.property(edges, ({ width, indent }) => {
        const pieces = firstAddress.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
        const rows = pieces.map((piece) => `${' '.repeat(indent)}${piece}`)
        const screen = [' Use the url below to sign in', '', ...rows, '', ' Paste code here if prompted >']
        expect(readClaudeScreen(screen)).toEqual({ kind: 'prompt', url: firstAddress })
      }),
    )
  })
})

describe('the last words of a program', () => {
  it('hold no key, code or address, however they were broken', () => {
    const code = new Secret('one-time-code#its-state')
    const screen = [
      'Welcome to a program',
      '░░░███░░░',
      `your token: ${token.slice(0, 40)}`,
      token.slice(40, 80),
      token.slice(80),
      `see ${firstAddress}`,
      'Paste code here if prompted > abcdef',
      `you typed ${code.reveal()} I think`,
      `or ${'x'.repeat(40)}`,
    ]
    expect(lastWords(screen, [code])).toEqual([
      'your token: [key]',
      'see https://claude.com/…',
      'Paste code here if prompted > …',
      'you typed … I think',
      'or …',
    ])
  })

  it('are at most five rows of 120 characters', () => {
    const screen = Array.from({ length: 50 }, (_, index) => `row ${index} ${'word '.repeat(60)}`)
    const words = lastWords(screen, [])
    expect(words).toHaveLength(5)
    for (const row of words) expect(row.length).toBeLessThanOrEqual(120)
  })
})
