// Whether traseai.json can be used, and whether the gateway that runs goes by it.
import { settingsProblemText } from '../domain/problem.ts'
import { readAuthorities } from '../sources/authority-files.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'

export async function checkConfiguration({ settings }: HostDeps): Promise<readonly Finding[]> {
  const severity = settings.configurationOk ? 'warning' : 'error'
  return settings.configurationProblems.map((problem) => ({
    severity,
    message: settingsProblemText(problem),
    hint: problem.hint ?? `mend ${problem.file}; every key of it is in docs/reference/configuration.md`,
  }))
}

/** Otherwise nobody hears of a wrong path before a certificate is not believed. */
export async function checkAuthorities({ host, settings }: HostDeps): Promise<readonly Finding[]> {
  const { problems } = await readAuthorities(host, settings.configuration.gateway.upstream.caFiles)
  return problems.map((problem) => ({
    severity: 'error',
    message: `a file of gateway.upstream.caFiles cannot be used: ${problem}`,
    hint: 'mend gateway.upstream.caFiles in traseai.json, or the file',
  }))
}

/** The listening address is taken up at a start only. */
export async function checkListening({ settings }: HostDeps, { listening }: LiveDeps): Promise<readonly Finding[]> {
  const { host, port } = settings.configuration.gateway
  if (!settings.configurationOk || (host === listening.host && port === listening.port)) return []
  return [
    {
      severity: 'warning',
      message: `the gateway was started on ${listening.host}:${listening.port}, but traseai.json says ${host}:${port} now`,
      // The service manager has the socket, and its unit the address.
      hint: listening.isHanded ? 'traseai gateway install' : 'traseai gateway restart',
    },
  ]
}
