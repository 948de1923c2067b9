// The environment `claude setup-token` runs in: what it needs to run and to reach the provider, and none of the gateway's keys.
import type { Environment, Host } from '../host.ts'
import { programFolders } from '../find-program.ts'

/** Passed on when they are set. Proxies and certificates: without them some hosts reach nothing. */
const passed = [
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'CLAUDE_CONFIG_DIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
] as const
/** What a browser needs to come up in the user's session. */
const display = ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'BROWSER']

/** @param browser lets it open one, where there is a display */
export function claudeEnvironment(
  host: Pick<Host, 'env' | 'execPath' | 'platform'>,
  browser: boolean,
): Record<string, string> {
  const { env, platform } = host
  const opens = browser && (platform === 'darwin' || isSet(env, 'DISPLAY') || isSet(env, 'WAYLAND_DISPLAY'))
  const names = [...passed, ...(opens ? display : [])]
  return {
    LANG: 'C.UTF-8',
    ...Object.fromEntries(names.flatMap((name) => (isSet(env, name) ? [[name, env[name]]] : []))),
    PATH: programFolders(host).join(':'),
    TERM: 'xterm-256color',
    // On a server the way to a browser may end in one for terminals, which would take over the screen.
    ...(opens ? {} : { BROWSER: 'true' }),
    // A sign-in is no time to replace the program.
    DISABLE_AUTOUPDATER: '1',
  }
}

function isSet(env: Environment, name: string): boolean {
  return env[name] !== undefined && env[name] !== ''
}
