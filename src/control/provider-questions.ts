// What handlers can have asked of providers themselves; nothing of it changes the state.
import type { AgentId } from '../domain/ids.ts'
import type { ModelListing } from '../domain/model-list.ts'
import type { Probe } from '../domain/probe.ts'
import type { Provider } from '../domain/provider.ts'
import type { StatusReport } from '../domain/report.ts'

export interface ProbeRequest {
  /** For all of them together. */
  readonly timeoutMs: number
  /** Ends what is under way. */
  readonly signal: AbortSignal
  onProbed(profileId: string, probe: Probe): void
}

export interface ModelsRequest {
  /** Null for every provider that has a usable credential, or a model that the configuration names. */
  readonly provider: Provider | null
  readonly agent: AgentId
  /** For all providers together. */
  readonly timeoutMs: number
  /** Asks again for lists that are still kept. */
  readonly fresh: boolean
  /** Ends what is under way. */
  readonly signal: AbortSignal
}

export interface ProviderQuestions {
  /** Probes each candidate of the report that is not excluded, and puts what was found out into it. @throws TraseError `busy` */
  probed(report: StatusReport, request: ProbeRequest): Promise<StatusReport>
  /**
   * The lists at hand, however old. Those that are missing are asked for behind it, and waited for no longer than `waitMs`:
   * a chat answers at once. Never rejects.
   */
  modelsAtHand(request: { readonly agent: AgentId; readonly waitMs: number }): Promise<ModelListing>
  /** @throws TraseError `busy` */
  models(request: ModelsRequest): Promise<ModelListing>
}
