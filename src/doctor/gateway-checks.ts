// Whether the gateway that runs is the program that is installed, and has the keys of whoever asks.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isoInstant } from '../domain/events.ts'
import { isRecord } from '../domain/json-record.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'

const restartHint = 'traseai gateway restart'

export async function checkGateway({ host }: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  const { version, startedAt, caller } = live
  const running = `the gateway (pid ${host.pid}) runs version ${version} since ${isoInstant(startedAt)}`
  if (caller === null || caller.version === version) return [{ severity: 'ok', message: running }]
  const message = `${running}, but this command is of version ${caller.version}`
  return [{ severity: 'warning', message, hint: restartHint }]
}

/** What a gateway has loaded stays as it was; what it loads later, such as a thread, would be of another version. */
export async function checkProgram({ packageRoot }: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  const about: unknown = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'))
  const installed = isRecord(about) ? about['version'] : undefined
  if (typeof installed === 'string' && installed !== live.version) {
    const message = `version ${installed} is installed, but the gateway that runs is of version ${live.version}`
    return [{ severity: 'warning', message, hint: restartHint }]
  }
  const programs = await Promise.all(
    ['daemon.cjs', 'storage-thread.cjs'].map(async (name) => {
      const path = join(packageRoot, 'dist', name)
      return { path, changedAt: (await stat(path)).ctimeMs }
    }),
  )
  const changed = programs.find(({ changedAt }) => changedAt > live.startedAt)
  if (!changed) return []
  const message = `${changed.path} was replaced at ${isoInstant(changed.changedAt)}, after the gateway started`
  return [{ severity: 'warning', message, hint: restartHint }]
}

/** Nobody can change the environment of a running process. */
export async function checkCallerKeys({ host }: HostDeps, { caller }: LiveDeps): Promise<readonly Finding[]> {
  return (caller?.unseenKeys ?? []).map(({ name, why }) => ({
    severity: 'warning',
    message:
      why === 'unseen'
        ? `${name} is set in your shell, but the gateway does not have it`
        : `${name} has another value in your shell than in the gateway`,
    hint: `printf %s "$${name}" | traseai env set ${name}, or write it to ${host.paths.envFile}`,
  }))
}
