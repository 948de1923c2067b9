// Whether every auth-profiles.json shows what is stored, and says nothing that cannot be taken up.
import { settingsProblemText } from '../domain/problem.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'

/** Broken files that were kept have a check of their own. */
export async function checkProfilesFiles(_deps: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  return live.profilesProblems().map((problem) => ({
    severity: 'warning',
    message: settingsProblemText(problem),
    hint: problem.hint ?? `mend ${problem.file}`,
  }))
}
