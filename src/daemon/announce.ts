// Says that the gateway is up: to the log, and to a person in a terminal with what to do next.
import { existsSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import type { Host } from '../host.ts'
import { supervisorOf } from '../service/process/supervisor.ts'
import { version } from '../version.ts'
import { renderBanner } from './banner.ts'
import type { Core } from './core.ts'
import type { GatewayOptions } from './gateway-options.ts'

export function announce(host: Host, options: GatewayOptions, core: Core, http: string): void {
  const credentials = Object.values(core.bus.state().credentials)
  host.log.info(
    { version, pid: host.pid, http, home: host.paths.home, credentials: credentials.length },
    'the gateway is ready',
  )
  // A service has no reader who could do what is next.
  if (options.background || supervisorOf(host) !== null) return
  options.stdout.write(
    renderBanner({
      version,
      pid: host.pid,
      home: host.paths.home,
      http,
      socket: host.paths.socket,
      command: commandName(host, options.packageRoot),
      providers: core
        .providers()
        .map(({ id }) => ({ provider: id, credentials: credentials.filter(({ provider }) => provider === id).length }))
        .filter((each) => each.credentials > 0),
    }),
  )
}

/** How the CLI is called from where the person stands: by its name when it is on PATH, else by its file. */
function commandName(host: Host, packageRoot: string): string {
  const onPath = (host.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, 'traseai')))
  return onPath ? 'traseai' : `node ${relative('', join(packageRoot, 'bin', 'traseai.js'))}`
}
