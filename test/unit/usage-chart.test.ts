// What `models usage` shows at any width, and how its numbers read.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percent, shortDuration, shortNumber, wholeNumber } from '../../src/cli/render/amount.ts'
import { bar, showsBlocks } from '../../src/cli/render/bar.ts'
import { openPaint } from '../../src/cli/render/paint.ts'
import { renderUsage, type Usage, type UsageRow } from '../../src/cli/render/usage-chart.ts'

const paint = openPaint(false)
const none = {
  requests: 0,
  ok: 0,
  rateLimited: 0,
  refused: 0,
  failed: 0,
  clientLeft: 0,
  providerError: 0,
  attempts: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  reasoningTokens: 0,
  uncounted: 0,
  durationMs: 0,
  waitedMs: 0,
  firstTokenMs: null,
}
const work = {
  ...none,
  provider: 'openai',
  profileId: 'openai:work',
  requests: 1_204,
  ok: 1_180,
  rateLimited: 20,
  failed: 4,
  inputTokens: 1_234_567,
  outputTokens: 43_210,
  firstTokenMs: 820,
}
const home = {
  ...none,
  provider: 'openai',
  profileId: 'openai:home',
  requests: 300,
  ok: 300,
  uncounted: 300,
  firstTokenMs: 1_240,
}

const usage = (rows: readonly UsageRow[], by = 'credential'): Usage => ({
  since: '2026-01-01T00:00:00.000Z',
  until: '2026-01-08T00:00:00.000Z',
  by,
  rows: [...rows],
  totals: {
    ...none,
    requests: 1_504,
    ok: 1_480,
    rateLimited: 20,
    failed: 4,
    inputTokens: 1_234_567,
    outputTokens: 43_210,
  },
})

const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd())

describe('usage', () => {
  it('is a table with bars at 80 columns', () => {
    expect(lines(renderUsage(usage([work, home]), { width: 80, paint, blocks: true }))).toEqual([
      'CREDENTIAL                   REQUESTS    OK  LIMITED  FAILED    IN    OUT  FIRST',
      'openai:work  ██████████████     1,204   98%       2%     <1%  1.2M  43.2k  820ms',
      'openai:home  ███▌                 300  100%       0%      0%     ?      ?   1.2s',
      'total                           1,504   98%       1%     <1%  1.2M  43.2k      -',
    ])
  })

  it('is a few lines for each row at 40 columns, of plain characters where no others can be shown', () => {
    expect(lines(renderUsage(usage([work, home]), { width: 40, paint, blocks: false }))).toEqual([
      'openai:work',
      '  #################### 1,204 requests',
      '  98% ok, 2% limited, <1% failed, 1.2M',
      '  tokens in, 43.2k out, first token',
      '  820ms',
      'openai:home',
      '  ##### 300 requests',
      '  100% ok, ? tokens in, ? out, first',
      '  token 1.2s',
      'total',
      '  1,504 requests',
      '  98% ok, 1% limited, <1% failed, 1.2M',
      '  tokens in, 43.2k out',
    ])
  })

  it('needs no total for a single row, and has names for what has none', () => {
    const rows = [{ ...work, profileId: null }]
    expect(renderUsage(usage(rows), { width: 80, paint, blocks: true })).toContain('openai (no credential)')
    expect(renderUsage(usage(rows), { width: 80, paint, blocks: true })).not.toContain('total')
    const models = [
      { ...none, provider: 'openai', model: null },
      { ...none, provider: 'openai', model: 'gpt-5' },
    ]
    const chart = renderUsage(usage(models, 'model'), { width: null, paint, blocks: true })
    expect(chart).toMatch(/^openai\/\(no model\) .*\nopenai\/gpt-5 /m)
    expect(renderUsage(usage([{ ...none, agent: null }], 'agent'), { width: null, paint, blocks: true })).toContain(
      '(default)',
    )
  })

  it('never is wider than its terminal', () => {
    const amount = fc.nat(2_000_000_000)
    const row = fc.record({
      profileId: fc.string({ maxLength: 60, unit: fc.constantFrom('a', 'B', ':', '_') }),
      requests: fc.oneof(amount, fc.constant(0)),
      inputTokens: amount,
      firstTokenMs: fc.option(amount),
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.integer({ min: 24, max: 200 }), (rows, width) => {
        const made = rows.map((each) => ({
          ...none,
          provider: 'p',
          ...each,
          ok: Math.floor(each.requests / 2),
          failed: 1,
        }))
        for (const line of renderUsage(usage(made), { width, paint, blocks: true }).split('\n')) {
          expect(Array.from(line).length).toBeLessThanOrEqual(width)
        }
      }),
    )
  })
})

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1k'],
    [12_345, '12.3k'],
    [999_499, '999k'],
    [999_600, '1M'],
    [1_234_567, '1.2M'],
    [5e9, '5G'],
  ])('%d is %s', (value, text) => expect(shortNumber(value)).toBe(text))

  it('are whole up to a million where they are counted', () => {
    expect([7, 1_204, 999_999, 1_500_000].map(wholeNumber)).toEqual(['7', '1,204', '999,999', '1.5M'])
  })

  it('say neither nothing for something nor all for almost all', () => {
    expect([percent(0, 9), percent(1, 1_000), percent(1, 2), percent(999, 1_000), percent(5, 5)]).toEqual([
      '0%',
      '<1%',
      '50%',
      '99%',
      '100%',
    ])
  })

  it('have the unit that fits a time', () => {
    expect([0.4, 820, 1_240, 75_000].map(shortDuration)).toEqual(['0ms', '820ms', '1.2s', '75s'])
  })
})

describe('a bar', () => {
  it('is as long as its share, and can be seen whenever there is something', () => {
    expect([0, 0.000_1, 0.5, 0.55, 1].map((share) => bar(share, 4, true))).toEqual(['', '▏', '██', '██▎', '████'])
    expect([0, 0.000_1, 0.5, 1].map((share) => bar(share, 4, false))).toEqual(['', '#', '##', '####'])
  })

  it('is of blocks where the locale has them', () => {
    expect(showsBlocks({ LANG: 'de_DE.UTF-8' }, 'linux')).toBe(true)
    expect(showsBlocks({}, 'darwin')).toBe(true)
    expect(showsBlocks({ LANG: 'C' }, 'linux')).toBe(false)
    expect(showsBlocks({ LANG: 'C.UTF-8', LC_ALL: 'C' }, 'linux')).toBe(false)
    expect(showsBlocks({ LANG: 'C.UTF-8', TERM: 'dumb' }, 'linux')).toBe(false)
  })
})
