// How a unit is, from the properties that systemd shows of it: org.freedesktop.systemd1(5), systemd.service(5) "$SERVICE_RESULT".
import type { ServiceState } from '../init-system.ts'
import type { UnitProperties } from './systemctl.ts'

/** What `serviceState` needs. */
export const stateProperties = [
  'LoadState',
  'ActiveState',
  'SubState',
  'MainPID',
  'UnitFileState',
  'StatusText',
  'Result',
  'ExecMainCode',
  'ExecMainPID',
  'ExecMainStatus',
] as const

const activities: Readonly<Record<string, ServiceState['activity']>> = {
  active: 'running',
  reloading: 'running',
  activating: 'starting',
  deactivating: 'stopping',
  failed: 'failed',
}

/** @param socket the unit that holds its sockets; without one the service does that itself */
export function serviceState(unit: UnitProperties, socket: UnitProperties): ServiceState {
  const activity = activities[unit['ActiveState'] ?? ''] ?? 'stopped'
  const pid = Number(unit['MainPID'] ?? 0)
  return {
    activity,
    pid: pid > 0 ? pid : null,
    enabled: unit['UnitFileState'] === 'enabled',
    status: unit['StatusText'] || null,
    why: activity === 'running' ? null : (whyNot(unit) ?? whyNoSocket(socket)),
    onDemand: pid === 0 && socket['ActiveState'] === 'active',
  }
}

const results: Readonly<Record<string, string>> = {
  timeout: 'it was not ready, or had not ended, within its time',
  watchdog: 'it hung, and was ended by the watchdog',
  'oom-kill': 'it took more memory than it may',
  'core-dump': 'it crashed',
  protocol: 'it ended before it was ready',
  resources: 'systemd lacks what it takes to start it',
  'trigger-limit-hit': 'it ended again and again while connections waited',
  'start-limit-hit': 'it ended too often in a row, so systemd starts it no more',
  'service-start-limit-hit': 'it ended too often in a row, so systemd starts it no more',
}

/** What systemd itself says by the exit status of a process that never became the gateway, systemd.exec(5). */
const statuses: Readonly<Record<string, string>> = {
  203: 'its Node is gone or cannot be run (traseai gateway install mends it)',
}

/** Null when systemd holds them, or was told not to. */
function whyNoSocket(socket: UnitProperties): string | null {
  const { ActiveState: activity, Result: result = 'success' } = socket
  if (activity !== 'failed') return null
  if (result === 'resources') return 'systemd cannot listen for it: another program has its address or its socket'
  return `systemd has given up its sockets: ${results[result] ?? result}`
}

/** Null when it was stopped in good order. */
function whyNot(unit: UnitProperties): string | null {
  if (unit['LoadState'] === 'bad-setting') return 'systemd refuses its unit: journalctl says which line'
  const { Result: result = 'success', ExecMainStatus: status = '0', ExecMainCode: code } = unit
  if (result === 'success') return null
  if (result === 'signal') return `signal ${status} ended it`
  // 1 is CLD_EXITED, siginfo(5): a main process that has ended by itself.
  if (result === 'exit-code' || (code === '1' && status !== '0')) {
    const limit = result === 'exit-code' ? '' : `; ${results[result] ?? result}`
    return `${statuses[status] ?? `it ended with exit status ${status}`}${limit}`
  }
  return results[result] ?? result
}
