// What keeps a service from being installed, found before anything is written or stopped.
import { stat } from 'node:fs/promises'
import { errnoOf, quoted, TraseError } from '../../../errors.ts'
import type { Host } from '../../../host.ts'
import { failureToListen, otherPortSetting } from '../../../other-port.ts'
import { whoHasPort } from '../../../port-owner.ts'
import { pickVariables, runProgram } from '../../../run-program.ts'
import type { ServiceManager, ServicePlan } from '../../../service/init-system.ts'
import { whyUnreachable } from '../../../service/systemd/reachable.ts'
import type { InstallOptions } from '../../interactive-bundle.ts'

/** `sudo` often leaves HOME as it is: root's files in the folders of somebody else are in their way for ever. */
export async function refuseBorrowedRights(host: Host, { scope }: Pick<InstallOptions, 'scope'>): Promise<void> {
  if (scope === 'system' || host.uid !== 0) return
  const { uid } = await stat(host.env['HOME'] || '/')
  if (uid === 0) return
  throw new TraseError('permission_denied', `HOME (${host.env['HOME']}) belongs to another user than root`, {
    hint: 'without sudo, for yourself: traseai gateway install; for the machine: sudo traseai gateway install --system',
  })
}

/** Units have fixed names, so a user has one service. @throws TraseError `already_exists` */
export async function refuseOtherHome(manager: ServiceManager, host: Host): Promise<void> {
  const home = await manager.installedHome()
  if (home === null || home === host.paths.home) return
  throw new TraseError('already_exists', `${manager.name} serves another home: ${home}`, {
    hint: `remove that service first (traseai gateway uninstall --home ${home}), or run this home in the background (traseai gateway start)`,
  })
}

/** @throws TraseError `permission_denied`, `not_found` for a user that is not there, `usage` for root */
export async function refuseUser(host: Host, { scope, runAs }: InstallOptions): Promise<void> {
  if (scope === 'system' && host.uid !== 0) {
    throw new TraseError('permission_denied', 'only root may install a service of the machine', {
      hint: 'sudo traseai gateway install --system; for yourself: traseai gateway install',
    })
  }
  if (runAs === null) return
  const env = pickVariables(host.env, /^PATH$/)
  const end = await runProgram(host, {
    program: 'id',
    args: ['-u', '--', runAs],
    env,
    timeoutMs: 5_000,
    outputBytesMax: 64,
  })
  const isUser = end.end === 'exit' && end.status === 0 && /^[A-Za-z_][\w.-]*\$?$/.test(runAs)
  if (!isUser) {
    throw new TraseError('not_found', `this machine has no user ${quoted(runAs)}`, {
      hint: 'leave out --run-as for a user of its own, or add one as root: useradd --system --no-create-home traseai',
    })
  }
  if (end.output.toString('utf8').trim() !== '0') return
  throw new TraseError('usage', 'the gateway does not run as root under a service manager', {
    hint: 'leave out --run-as: then it has a user of its own',
  })
}

/** The sandbox of a system service hides the homes of users, and with them a Node that somebody installed there. @throws TraseError `usage` */
export async function refuseHiddenProgram({ kind }: ServiceManager, plan: ServicePlan): Promise<void> {
  if (plan.scope !== 'system' || kind !== 'systemd') return
  for (const path of [plan.node, plan.program]) {
    const why = await whyUnreachable(path, plan.runAs)
    if (why === null) continue
    throw new TraseError('usage', `a service of the machine cannot run ${path}: it ${why}`, {
      hint: 'install Node and TraseAI for every user (such as below /usr or /opt), or have a service of your own: traseai gateway install',
    })
  }
}

/** For a first install, when nobody may have the address yet. @throws TraseError `address_in_use` */
export async function refuseTakenAddress(
  { paths }: Host,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  const refused = await failureToListen(host, port)
  if (refused === null || errnoOf(refused) !== 'EADDRINUSE') return
  throw new TraseError('address_in_use', `${host}:${port} is in use by ${await whoHasPort(port)}`, {
    hint: `set ${await otherPortSetting(host, port, paths.configuration)}, or stop the other program`,
    cause: refused,
  })
}
