// Puts launchd's jobs where they belong, and takes them away: the gateway, and beside it the check of the credentials.
import { join } from 'node:path'
import type { Host } from '../../host.ts'
import type { FileChange, Scope, ServiceChange, ServicePlan } from '../init-system.ts'
import { textOrNull } from '../../read-if-allowed.ts'
import { refuseForeign, removeServiceFile, writeServiceFile } from '../service-files.ts'
import type { Launchctl, LaunchctlHost } from './launchctl.ts'
import { makeHome } from './make-home.ts'
import { loadJob, unloadJob } from './jobs.ts'
import { ownerOf } from './owner.ts'
import { domainOf, gatewayLabel, installedJob, isOurs, monitorLabel } from './place.ts'
import { plistText } from './plist-text.ts'

type InstallHost = LaunchctlHost & Pick<Host, 'monotonicMs' | 'uid'>

interface Place {
  readonly host: InstallHost
  readonly launchctl: Launchctl
  /** Where the plists go. */
  readonly folder: string
}

export interface InstallDeps extends Place {
  /** Has the templates in `launchd/`. */
  readonly packageRoot: string
  readonly plan: ServicePlan
}

/**
 * Writes the plists. A gateway whose plist changed is ended and not loaded again, which is up to the caller, who can wait
 * for it: launchd goes on with what it was told until it is told anew.
 */
export async function installJobs(deps: InstallDeps): Promise<Pick<ServiceChange, 'files' | 'advice'>> {
  const { host, launchctl, folder, packageRoot, plan } = deps
  const { scope } = plan
  const owner = scope === 'system' ? await ownerOf(host, plan.runAs) : null
  const isBackground = scope === 'user' && !(await launchctl.hasDomain(domainOf(host, scope, false)))
  const domain = domainOf(host, scope, isBackground)
  const labels = plan.monitor ? [gatewayLabel, monitorLabel] : [gatewayLabel]
  for (const label of labels) await refuseForeign(plistPath(folder, label), isOurs)
  const texts = await Promise.all(
    labels.map((label) => plistText(join(packageRoot, 'launchd', `${label}.plist`), plan, isBackground)),
  )
  const exitSeconds = (await installedJob(host, folder))?.exitSeconds ?? 0
  await makeHome(plan.home, owner)
  const files: FileChange[] = []
  for (const [index, label] of labels.entries()) {
    const plist = plistPath(folder, label)
    const file = await writeServiceFile(plist, texts[index] ?? '')
    files.push(file)
    if (file.change !== 'unchanged') await unloadEverywhere(deps, scope, label, exitSeconds)
    const isLoaded = (await launchctl.print(`${domain}/${label}`)) !== null
    if (label === monitorLabel && !isLoaded) await loadJob(host, launchctl, { domain, label, plist })
  }
  if (!plan.monitor) files.push(...(await dropJob(deps, scope, monitorLabel, exitSeconds)))
  return { files, advice: isBackground ? [backgroundAdvice] : [] }
}

const backgroundAdvice =
  "nobody is logged in at this Mac's screen, so the gateway belongs to the session that ssh opens, and starts with the first one after a restart; to have it start with the machine: sudo traseai gateway install --system --run-as USER"

/** Ends and unloads both jobs, and removes those of their plists that are ours. */
export async function uninstallJobs(place: Place & { readonly scope: Scope }): Promise<readonly FileChange[]> {
  const exitSeconds = (await installedJob(place.host, place.folder))?.exitSeconds ?? 0
  return [
    ...(await dropJob(place, place.scope, gatewayLabel, exitSeconds)),
    ...(await dropJob(place, place.scope, monitorLabel, exitSeconds)),
  ]
}

/** Also a job whose plist somebody removed. A plist stays when its job cannot be ended: nobody could name it afterwards. */
async function dropJob(place: Place, scope: Scope, label: string, exitSeconds: number): Promise<FileChange[]> {
  const path = plistPath(place.folder, label)
  const text = await textOrNull(path)
  if (text !== null && !isOurs(text)) return []
  await unloadEverywhere(place, scope, label, exitSeconds)
  const removed = await removeServiceFile(path, isOurs)
  return removed ? [removed] : []
}

/** In the domain that the plist is for, and in the one that an earlier install may have chosen. */
async function unloadEverywhere(
  { host, launchctl, folder }: Place,
  scope: Scope,
  label: string,
  exitSeconds: number,
): Promise<void> {
  const domains = new Set([domainOf(host, scope, false), domainOf(host, scope, true)])
  for (const domain of domains) {
    await unloadJob(host, launchctl, { domain, label, plist: plistPath(folder, label) }, exitSeconds)
  }
}

const plistPath = (folder: string, label: string): string => join(folder, `${label}.plist`)
