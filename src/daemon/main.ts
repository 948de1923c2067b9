// The gateway process, from its first step: makes sure that the home is ours alone, then loads and runs the rest.
import { realHost, type Environment, type Host } from '../host.ts'
import type { HostDoctorOptions } from './doctor.ts'
import type { GatewayOptions } from './gateway-options.ts'
import type { HomeBackup, HomeBackupOptions } from './home-backup.ts'
import type { HomeRestore, HomeRestoreOptions } from './home-restore.ts'
import { hardenProcess } from '../service/process/hardening.ts'
import { trimStandardErrors } from '../service/launchd/trim-standard-errors.ts'
import { readSupervision } from '../service/process/supervision.ts'
import type { Listening } from './configured-listening.ts'
import { lockHome } from './home-lock.ts'
import type { MonitorOptions, MonitorOutcome } from './monitor.ts'
import { prepareHome } from './prepare-home.ts'
import type { Diagnosis } from '../doctor/run-checks.ts'
import type { RollBackOptions, RolledBack } from './roll-back.ts'
import { startStorage } from './start-storage.ts'

/**
 * Runs the gateway until it is told to stop; resolves to the exit status.
 * @throws TraseError when it cannot start; everything that was opened is closed again
 */
export async function runGateway(options: GatewayOptions): Promise<number> {
  const { pid, platform } = realHost({ env: options.env })
  const supervision = readSupervision(options.env, pid, platform)
  const { host, refused } = await closeOff(realHost({ env: supervision.env }))
  const remark = prepareHome(host)
  trimStandardErrors(host)
  const lock = lockHome(host)
  // The thread opens the database while this one loads the rest: a third of the time to readiness.
  const storage = startStorage(host, options.packageRoot)
  try {
    const { runServices } = await import('./services.ts')
    const remarks = remark === null ? refused : [...refused, remark]
    return await runServices(host, options, { storage, remarks, supervision })
  } finally {
    await storage.thread.end()
    lock.release()
  }
}

/** Before anything secret is read: nobody looks into this process, and it is not root for longer than it must. */
async function closeOff(host: Host): Promise<{ readonly host: Host; readonly refused: readonly string[] }> {
  host.makeFilesPrivate()
  const refused = hardenProcess(host)
  if (host.uid !== 0) return { host, refused }
  const { becomeUser } = await import('./become-user.ts')
  const env = await becomeUser(host)
  // The kernel opens a process to its new user.
  return env === null ? { host, refused } : { host: realHost({ env }), refused: hardenProcess(host) }
}

/** The checks of the doctor that need no gateway, in this process. Never rejects. See `doctor.ts`. */
export async function runDoctor(options: HostDoctorOptions): Promise<readonly Diagnosis[]> {
  const { diagnoseHost } = await import('./doctor.ts')
  return diagnoseHost(options)
}

/** Tells people without the gateway's help. See `monitor.ts`. */
export async function runMonitor(options: MonitorOptions): Promise<MonitorOutcome> {
  const monitor = await import('./monitor.ts')
  return monitor.runMonitor(options)
}

/** What a service would hold for the gateway of a home. @throws TraseError `configuration_invalid` */
export async function readListening(options: { readonly env: Environment }): Promise<Listening> {
  const { configuredListening } = await import('./configured-listening.ts')
  return configuredListening(realHost(options))
}

/** A backup of a home that no gateway serves. See `home-backup.ts`. */
export async function openHomeBackup(options: HomeBackupOptions): Promise<HomeBackup> {
  hardenProcess(realHost(options)) // it holds the master key for a moment
  const backup = await import('./home-backup.ts')
  return backup.openHomeBackup(options)
}

/** Puts a backup in the place of a home, or only checks it. See `home-restore.ts`. */
export async function restoreHome(options: HomeRestoreOptions): Promise<HomeRestore | null> {
  hardenProcess(realHost(options)) // it holds the master key for a moment
  const restore = await import('./home-restore.ts')
  return restore.restoreHome(options)
}

/** Looks whether a gateway of this program could start on the home; see `check-start.ts`. @throws TraseError why it could not */
export async function checkStart({ env, packageRoot }: Pick<GatewayOptions, 'env' | 'packageRoot'>): Promise<void> {
  const { checkStart: check } = await import('./check-start.ts')
  await check(realHost({ env }), packageRoot)
}

/** Puts a copy of the database back in its place, see `roll-back.ts`. @throws TraseError */
export async function rollBack(options: RollBackOptions): Promise<RolledBack> {
  const { rollBack: run } = await import('./roll-back.ts')
  return run(options)
}
