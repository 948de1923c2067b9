// Asks a gateway of any version for its status: start, stop and restart must work over an upgrade, in both directions.
import type { GatewayClient } from '../client/connect.ts'
import type { Result } from '../protocol/contract.ts'

type Status = Result<'gateway.status'>

/** What came after the first version, as a gateway stands that does not say it. */
const saidLater = {
  program: '',
  stopping: null,
  supervisor: null,
  profilesFiles: { ok: true, problems: [] },
} as const satisfies Partial<Status>

/** @throws TraseError `timeout`, `connection_lost` */
export async function gatewayStatus(gateway: Pick<GatewayClient, 'call'>): Promise<Status> {
  return { ...saidLater, ...(await gateway.call('gateway.status', {})) }
}
