// What the control socket's handlers get of the daemon.
import type { ControlDeps } from '../control/deps.ts'
import type { ProviderQuestions } from '../control/provider-questions.ts'
import { openShownModels } from '../control/shown-models.ts'
import { findProvider } from '../domain/provider-table.ts'
import type { Host } from '../host.ts'
import { supervisorOf } from '../service/process/supervisor.ts'
import { version } from '../version.ts'
import { outcomeDeps, reportAttempt } from './attempt-outcomes.ts'
import type { Core } from './core.ts'
import { diagnose } from './doctor.ts'
import { noticeDeps } from './notice-deps.ts'
import type { RequestRecords } from './request-records.ts'
import type { Running } from './running.ts'
import { rekeyVault } from './start-vault.ts'
import { statusReport } from './status.ts'
import type { Telling } from './telling.ts'

/** What has work under way of its own, which a stop ends. */
export interface Workers {
  readonly signIns: ControlDeps['signIns']
  readonly backups: ControlDeps['backups']
  readonly questions: ProviderQuestions
  readonly usage: Pick<RequestRecords, 'ask'>
  readonly telling: Pick<Telling, 'view' | 'test'>
}

export function controlDeps(
  host: Host,
  core: Core,
  running: Running,
  { signIns, backups, questions, usage, telling }: Workers,
): ControlDeps {
  const { bus, memory, candidates, configuration } = core
  const outcomes = outcomeDeps(host, core)
  const notices = noticeDeps(host, telling)
  return {
    host,
    gateway: {
      version,
      startedAt: running.startedAt,
      program: running.packageRoot,
      supervisor: supervisorOf(host),
      http: running.http,
      draining: running.draining,
    },
    state: () => bus.state(),
    position: () => bus.position(),
    async execute(command, actor) {
      const events = await bus.execute(command, actor)
      await core.agentFiles.show(events)
      return events
    },
    provider: (id) => findProvider(core.providers(), id),
    providers: () => core.providers(),
    select: (request) => candidates.select(request),
    groupOf: (profileId) => candidates.groupOf(profileId),
    agentOrder: (agent, provider) => candidates.agentOrder(agent, provider),
    questions,
    usage: (question) => usage.ask(question),
    shownModels: openShownModels(),
    statusReport: (agent) => statusReport(host, core, { agent, http: running.http() }),
    secretOf: (profileId) => candidates.secretOf(profileId),
    lastUsedAt: () => memory.lastUsedAt(),
    report: (attempt, actor) => reportAttempt(outcomes, attempt, actor),
    configuration: () => configuration.current(),
    editConfiguration: (changes) => configuration.edit(changes),
    environment: core.environment,
    profilesProblems: () => [...core.agentFiles.problems(), ...core.agentFiles.kept()],
    credentials: core.credentialStore,
    whyMissing: (profileId) => core.stored.whyMissing(profileId),
    vault: core.vault,
    rekeyVault: (request, actor) => rekeyVault(host, bus, core.vault, request, actor),
    signIns,
    backups,
    log: core.log,
    onAppended: (listener) => bus.onAppended(listener),
    reload: () => core.reload(),
    reloadEnvironment: () => core.reloadEnvironment('rpc'),
    diagnose: (request) => diagnose(host, core, running, notices, request),
    stop: running.stop,
    cut: running.cut,
    ...notices,
  }
}
