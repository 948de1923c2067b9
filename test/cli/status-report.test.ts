// The status page for people: what it says of credentials that end, that are for one program or one agent, or were probed.
import { expect, test } from 'vitest'
import { openPaint } from '../../src/cli/render/paint.ts'
import { renderStatusReport } from '../../src/cli/render/status-report.ts'
import { parseAgentId } from '../../src/domain/ids.ts'
import type { Probe } from '../../src/domain/probe.ts'
import { probedReport } from '../../src/domain/probed-report.ts'
import type { StatusReport } from '../../src/domain/report.ts'
import type { Result } from '../../src/protocol/contract.ts'
import { added, dayMs, type Fact, home, main, noon, work } from '../support/story.ts'
import { expiresIn, report } from '../support/status-report.ts'

const restricted: Fact = { type: 'CredentialRestricted', data: { profileId: work, to: 'claude-code' } }

function page(status: StatusReport, width: number | null = null): string[] {
  const view = { now: noon, width, paint: openPaint(false), check: false }
  return renderStatusReport(status as Result<'models.status'>, view).split('\n') // what the wire would bring
}

function line(status: StatusReport, profileId: string): string {
  const found = page(status).find((each) => each.startsWith(profileId))
  return found?.replace(/^.*? {2,}vault +\S+ +/, '') ?? ''
}

test('a credential that ends says when, whether that is soon, far or past', () => {
  expect(line(report([added(work, expiresIn(6 * dayMs))]), work)).toBe('ready, expires in 6d; next')
  expect(line(report([added(work, expiresIn(dayMs / 2))]), work)).toBe('expiring in 12h; next')
  expect(line(report([added(work, expiresIn(-60_000))]), work)).toBe('expired 1m ago')
})

test('findings in a row with the same hint are followed by it once', () => {
  const limited = (profileId: typeof work): Fact => ({
    type: 'CredentialRateLimited',
    data: { profileId, until: new Date(noon + 60_000).toISOString(), status: 429, refusals: 1 },
  })
  const lines = page(report([added(work), added(home), limited(work), limited(home)]))
  expect(lines.slice(-3)).toEqual([
    expect.stringMatching(/^cooling: anthropic:\w+ is rate limited for 1m$/),
    expect.stringMatching(/^cooling: anthropic:\w+ is rate limited for 1m$/),
    '  hint: traseai models auth cooldown list',
  ])
})

test('one that is for Claude Code only says so, also when it ends soon', () => {
  expect(line(report([added(), restricted]), work)).toBe('ready (only for Claude Code); next')
  expect(line(report([added(work, expiresIn(60_000)), restricted]), work)).toBe(
    'expiring in 1m (only for Claude Code); next',
  )
})

test('one that belongs to an agent says to which', () => {
  expect(line(report([added(work, { agent: main })]), work)).toBe('ready; next; for agent main only')
  expect(line(report([added(work, { agent: parseAgentId('bot') })]), work)).toContain('for agent bot only')
})

const outcomes: readonly [Probe, string][] = [
  [{ outcome: 'ok', status: 200, latencyMs: 120 }, 'ok, 120 ms'],
  [{ outcome: 'unauthorized', status: 401, latencyMs: 9 }, 'unauthorized (401)'],
  [{ outcome: 'rate_limited', status: 429 }, 'rate limited (429)'],
  [{ outcome: 'timeout', message: 'no answer within 8 s' }, 'timeout'],
]

test.each(outcomes)('%j is shown as %s', (probe, text) => {
  const status = probedReport(report([added(), added(home)]), new Map([[work, probe]]), () => 'renew it')
  const [, title, ...rows] = page(status)
  expect(title).toMatch(/^CREDENTIAL +KEY +PROBE +STATUS$/)
  expect(rows.find((row) => row.startsWith(work))).toContain(` ${text} `)
  expect(rows.find((row) => row.startsWith(home))).toMatch(/ - +- +ready/)
})

test.each([80, 40])('nothing but a command to copy is wider than %i columns', (width) => {
  const facts = [added(work, { agent: main, ...expiresIn(dayMs / 2) }), restricted, added(home, expiresIn(-1))]
  const probe: Probe = { outcome: 'unreachable', message: 'api.anthropic.test cannot be reached: ECONNREFUSED' }
  const probes = new Map([
    [work, probe],
    [home, probe],
  ])
  const lines = page(
    probedReport(report(facts), probes, () => 'renew it'),
    width,
  )
  const wide = lines.filter((line) => line.length > width)
  for (const each of wide) expect(each).toMatch(/^ +traseai /)
  expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain('cannot be reached: ECONNREFUSED')
})
