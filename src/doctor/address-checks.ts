// Whether the control socket and the HTTP port are there, ours, and served; or free for a gateway that is to start.
import { lstat, readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { errnoOf, messageOf } from '../errors.ts'
import { failureToListen, otherPortSetting } from '../other-port.ts'
import { checkSocketAddress } from '../protocol/socket-address.ts'
import { heldAddress } from '../service/systemd/held-address.ts'
import { listenAddress } from '../service/systemd/quoting.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'
import { modeText } from './home-entries.ts'
import { portOwner } from '../port-owner.ts'

const connectMsMax = 2_000
const writableByOthersMask = 0o022

/** What the path allows; a path that is too long is refused by a start with the same words. @throws TraseError `socket_path_too_long` */
export async function checkSocketPath({ host }: HostDeps): Promise<readonly Finding[]> {
  const { socket } = host.paths
  checkSocketAddress(socket, host.platform)
  const [there, directory] = await Promise.all([lstat(socket).catch(missing), stat(dirname(socket)).catch(missing)])
  const found: Finding[] = []
  const hint = 'set TRASEAI_SOCKET to a path in a directory of your own'
  if (directory !== null && (directory.mode & writableByOthersMask) !== 0) {
    const message = `others may write to the directory of the control socket, ${dirname(socket)} (mode ${modeText(directory.mode)})`
    found.push({ severity: 'error', message, hint })
  }
  if (directory && host.uid !== -1 && directory.uid !== host.uid && directory.uid !== 0) {
    const message = `the directory of the control socket, ${dirname(socket)}, belongs to uid ${directory.uid}`
    found.push({ severity: 'error', message, hint })
  }
  if (there && !there.isSocket()) {
    const message = `${socket} is not a socket`
    found.push({ severity: 'error', message, hint: 'move it away, or set TRASEAI_SOCKET to another path' })
  }
  return found
}

/** The gateway is reached through it, but its file may have been removed or replaced since. */
export async function checkSocketServed({ host }: HostDeps): Promise<readonly Finding[]> {
  const { socket } = host.paths
  const there = await lstat(socket).catch(missing)
  // systemd makes it before there is the user that it makes for a service: then it is root's, and for root alone to dial.
  const isRoots = there?.uid === 0 && host.uid !== 0
  if (there?.isSocket() && (isRoots || (await isServed({ path: socket })))) return []
  const message = `the control socket ${socket} was removed or replaced: no command reaches this gateway by it`
  return [{ severity: 'error', message, hint: `end it and start another: kill ${host.pid}` }]
}

/** The HTTP side of the gateway that runs. */
export async function checkHttp(_deps: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  const http = live.http()
  if (http === null) {
    return [{ severity: 'error', message: 'the HTTP side of the gateway is not up', hint: 'traseai gateway logs' }]
  }
  const { hostname, port } = new URL(http)
  if (await isServed({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) })) return []
  return [{ severity: 'error', message: `nobody answers at ${http}`, hint: 'traseai gateway restart' }]
}

/** For a gateway that is to start: tried out, because only the system knows which addresses it lets us have. */
export async function checkPortFree({ host: us, settings, runsIn }: HostDeps): Promise<readonly Finding[]> {
  if (runsIn === 'gateway') return [] // it listens there itself
  if (!settings.configurationOk) {
    return [{ severity: 'ok', message: 'which HTTP address the gateway wants is not known: traseai.json is broken' }]
  }
  const { paths } = us
  const { host, port } = settings.configuration.gateway
  const refused = await failureToListen(host, port)
  if (refused === null) return []
  const cannot = `the gateway cannot listen on ${host}:${port}`
  if (errnoOf(refused) !== 'EADDRINUSE') {
    const message = `${cannot}: ${reasons[errnoOf(refused) ?? ''] ?? messageOf(refused)}`
    return [{ severity: 'error', message, hint: 'set gateway.port or gateway.host in traseai.json' }]
  }
  if ((await heldAddress(us)) === listenAddress({ host, port })) return [] // by systemd, until the gateway is started again
  const owner = await portOwner(port)
  const holder = await pidInLock(paths.lock)
  // A gateway is closed to other programs: of one of this user it can be seen that it listens, not that it is this process.
  const isUnseen = owner?.pid === null && Number.isInteger(holder) && us.processExists(holder)
  if (owner?.pid === holder || isUnseen) {
    const message = `the gateway of this home (pid ${holder}) listens on ${host}:${port}`
    return [{ severity: 'ok', message }]
  }
  const setting = await otherPortSetting(host, port, paths.configuration)
  return [
    {
      severity: 'error',
      message: `${cannot}: it is taken${owner === null ? '' : `, by ${owner.words}`}`,
      hint: `set ${setting}, or stop the other program`,
    },
  ]
}

/** Who holds the lock of the home, a gateway that answers nobody included; NaN when nobody has written into it. */
async function pidInLock(path: string): Promise<number> {
  return Number.parseInt((await readFile(path, 'utf8').catch(missing)) ?? '', 10)
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'ports below 1024 are for root',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'nobody knows this name',
}

function isServed(
  address: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address)
    const answer = (served: boolean): void => {
      socket.destroy()
      resolve(served)
    }
    socket.setTimeout(connectMsMax, () => answer(false))
    socket.once('connect', () => answer(true))
    socket.on('error', () => answer(false))
  })
}

function missing(error: unknown): null {
  if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
  throw error
}
