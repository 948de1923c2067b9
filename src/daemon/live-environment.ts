// Keeps the log in line with the environment while the gateway runs: one reconciliation at a time, tried again while the disk refuses.
import type { Actor } from '../domain/events.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Result } from '../protocol/contract.ts'
import type { EditableEnvironment, EnvironmentCause, EnvironmentView } from '../sources/environment-view.ts'
import type { CommandBus } from './command-bus.ts'
import { applyReconciliation } from './reconcile-environment.ts'

const retryEveryMs = 5_000
/** A line of the log names this many credentials; the counts beside them are of all. */
const profilesLoggedMax = 10

const actors: Readonly<Record<EnvironmentCause, Actor>> = {
  start: { kind: 'gateway' },
  'env-file': { kind: 'file', program: '.env' },
  reload: { kind: 'gateway' },
  configuration: { kind: 'file', program: 'traseai.json' },
  rpc: { kind: 'file', program: '.env' },
}

export interface LiveEnvironment {
  /** To be called with every new view; resolves when the log agrees with it. @throws TraseError `disk_full`, `storage_failed` */
  reconcile(view: EnvironmentView, cause: EnvironmentCause): Promise<Result<'env.reload'>>
  /** The same for a change that nobody waits for: what the disk refuses is said in the log and tried again. */
  follow(view: EnvironmentView, cause: EnvironmentCause): void
  /** The environment as the control socket gets it: a change is acknowledged when the log has it. */
  wrap(source: EditableEnvironment): EditableEnvironment
}

export function openLiveEnvironment(host: Host, bus: CommandBus): LiveEnvironment {
  let last: Promise<unknown> = Promise.resolve()
  let newest: EnvironmentView | null = null
  let retrying: EnvironmentCause | null = null
  let isBehind = false

  function reconcile(view: EnvironmentView, cause: EnvironmentCause): Promise<Result<'env.reload'>> {
    newest = view
    const run = last.then(() => once(view, cause))
    last = run.catch(() => retryLater(cause))
    return run
  }

  async function once(view: EnvironmentView, cause: EnvironmentCause): Promise<Result<'env.reload'>> {
    const { outcome, profileIds } = await applyReconciliation(bus, view, actors[cause])
    isBehind = false
    if (profileIds.length > 0) {
      const named = profileIds.slice(0, profilesLoggedMax)
      host.log.info({ ...outcome, profileIds: named, cause }, 'the environment changed')
    }
    return outcome
  }

  function retryLater(cause: EnvironmentCause): void {
    if (retrying !== null) return
    retrying = cause
    host.setTimer(retryEveryMs, () => {
      retrying = null
      if (newest) follow(newest, cause)
    })
  }

  /** A disk that stays full is told of once. */
  function follow(view: EnvironmentView, cause: EnvironmentCause): void {
    reconcile(view, cause).catch((error: unknown) => {
      if (!isBehind)
        host.log.error({ error: messageOf(error) }, 'a change of the environment cannot be recorded yet; trying again')
      isBehind = true
    })
  }

  bus.trouble.onChange((trouble) => {
    if (trouble === null && retrying !== null && newest) follow(newest, retrying)
  })

  /** Everything that was asked so far, whether it succeeded or is being tried again. */
  const settled = (): Promise<unknown> => last

  return {
    reconcile,
    follow,
    wrap: (source) => ({
      view: () => source.view(),
      async set(name, value) {
        const view = await source.set(name, value)
        await settled()
        return view
      },
      async unset(name) {
        const removed = await source.unset(name)
        await settled()
        return removed
      },
    }),
  }
}
