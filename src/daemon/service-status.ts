// Keeps the line with which the service manager shows the gateway true: after each change, and as time passes.
import { serviceLine } from '../domain/service-line.ts'
import type { Host, Timer } from '../host.ts'
import type { StateReport } from '../service/process/state-report.ts'
import type { Core } from './core.ts'

export interface ServiceStatusDeps {
  readonly host: Pick<Host, 'now' | 'setTimer'>
  readonly core: Pick<Core, 'bus' | 'configuration'>
  readonly report: StateReport
}

/** Dates come nearer, cooldowns end and the configuration changes without an event. */
const lookEveryMs = 10_000
/** Events come together. */
const gatherMs = 200

/** Does nothing where nobody asks. */
export function openServiceStatus({ host, core, report }: ServiceStatusDeps): { close(): void } {
  if (!report.isAsked) return { close() {} }
  let timer: Timer
  let soon: Timer | null = null

  function tell(): void {
    soon = null
    const { value, ok } = core.configuration.current()
    report.status(
      serviceLine({
        credentials: Object.values(core.bus.state().credentials),
        now: host.now(),
        expiryWarningMs: value.auth.expiryWarningMs,
        troubles: [
          ...(ok ? [] : ['traseai.json is broken']),
          ...(core.bus.failure() === null ? [] : ['changes cannot be written']),
        ],
      }),
    )
  }

  function look(): void {
    timer = host.setTimer(lookEveryMs, look)
    tell()
  }

  look()
  const stopListening = core.bus.onAppended(() => (soon ??= host.setTimer(gatherMs, tell)))
  return {
    close() {
      stopListening()
      timer.cancel()
      soon?.cancel()
    },
  }
}
