// Tries the credentials that a run has stored against their providers' free endpoints.
import type { GatewayClient } from '../../../client/connect.ts'
import type { Result } from '../../../protocol/contract.ts'
import { given } from '../../option-values.ts'

type Candidate = Result<'models.status'>['providers'][number]['candidates'][number]

export interface Probe {
  readonly profileId: string
  readonly outcome: NonNullable<Candidate['probe']>['outcome']
  readonly message?: string | undefined
}

/** For all providers together. */
const probeMsMax = 8_000
/** The gateway keeps its own limit; this is for one that does not answer. */
const answerMsMax = probeMsMax + 5_000

/** What came of each credential of these providers that could be tried. */
export async function probe(
  gateway: GatewayClient,
  providers: ReadonlySet<string>,
  agent: string | undefined,
): Promise<readonly Probe[]> {
  const params = { ...given({ agent }), probe: true, timeoutMs: probeMsMax }
  const report = await gateway.call('models.status', params, { timeoutMs: answerMsMax })
  return report.providers
    .filter(({ provider }) => providers.has(provider))
    .flatMap(({ candidates }) => candidates)
    .flatMap(({ profileId, probe }) =>
      probe ? [{ profileId, outcome: probe.outcome, ...(probe.message && { message: probe.message }) }] : [],
    )
}

const words: Readonly<Record<Probe['outcome'], string>> = {
  ok: 'works',
  unauthorized: 'the provider does not take it',
  rate_limited: 'works, and is rate limited now',
  billing: 'the provider asks for payment',
  restricted: 'only for use with Claude Code',
  timeout: 'no answer in time',
  unreachable: 'the provider cannot be reached from here',
  unsupported: 'cannot be tested for free',
  failed: 'the provider answered with an error of its own',
}

/** Outcomes that a person has to do something about. */
const bad: ReadonlySet<Probe['outcome']> = new Set(['unauthorized', 'billing', 'restricted'])

export function probeText({ profileId, outcome }: Probe): { readonly text: string; readonly isBad: boolean } {
  return { text: `${profileId}: ${words[outcome]}`, isBad: bad.has(outcome) }
}
