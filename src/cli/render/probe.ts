// What a probe found out, in a few words.
import type { ProbeOutcome } from '../../domain/probe.ts'
import type { Result } from '../../protocol/contract.ts'
import type { Paint } from './paint.ts'

type Probe = NonNullable<Result<'models.status'>['providers'][number]['candidates'][number]['probe']>

const outcomePaint = {
  ok: 'green',
  unauthorized: 'red',
  rate_limited: 'yellow',
  billing: 'red',
  restricted: 'yellow',
  timeout: 'red',
  unreachable: 'red',
  unsupported: 'dim',
  failed: 'red',
} as const satisfies Record<ProbeOutcome, keyof Paint>

/** `ok, 120 ms`, `rate limited (429)`, `timeout`; a dash for what was not probed. */
export function probeText(probe: Probe | undefined): string {
  if (!probe) return '-'
  const { outcome, status, latencyMs } = probe
  if (outcome === 'ok') return latencyMs === undefined ? 'ok' : `ok, ${latencyMs} ms`
  return status === undefined ? outcomeWords(outcome) : `${outcomeWords(outcome)} (${status})`
}

/** `rate limited`; also for a word that is not of this version. */
export function outcomeWords(outcome: string): string {
  return outcome.replaceAll('_', ' ')
}

export function paintProbe(outcome: ProbeOutcome, paint: Paint): (text: string) => string {
  return paint[outcomePaint[outcome]]
}
