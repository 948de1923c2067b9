// Whether a file is kept aside because nobody could use it, and still waits for a person.
import { dirname, join } from 'node:path'
import { settingsProblemText } from '../domain/problem.ts'
import { asideProblem, nameBeforeAside } from '../sources/keep-aside.ts'
import type { Finding, HostDeps } from './check.ts'
import { homeEntries } from './home-entries.ts'

export async function checkSetAside({ host }: HostDeps): Promise<readonly Finding[]> {
  const entries = await homeEntries(host.paths.home)
  return entries.flatMap(({ path, name }): Finding[] => {
    const original = nameBeforeAside(name)
    if (original === null) return []
    const problem = asideProblem(join(dirname(path), original), name, null)
    return [{ severity: 'warning', message: settingsProblemText(problem), hint: problem.hint ?? undefined }]
  })
}
