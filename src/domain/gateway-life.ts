// The decider of the gateway's own stream: when it began to serve and when it stopped.
import type { GatewayCommand } from './command.ts'
import type { DomainEvent } from './events.ts'

/** Each start and stop is a fact of its own: there is nothing to refuse and nothing to fold. */
export function decideGatewayLife({ type, version, reason }: GatewayCommand): readonly DomainEvent[] {
  return [{ type: type === 'RecordStart' ? 'GatewayStarted' : 'GatewayStopped', data: { version, reason } }]
}
