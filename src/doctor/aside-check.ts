// Whether a file was set aside because nobody could read it, and still waits for a person.
import type { Finding, HostDeps } from './check.ts'
import { homeEntries } from './home-entries.ts'

/** Of sources/keep-aside.ts. */
const asideName = /^(.+)\.broken-\d{8}-\d{6}(-\d+)?$/

export async function checkSetAside({ host }: HostDeps): Promise<readonly Finding[]> {
  const entries = await homeEntries(host.paths.home)
  return entries.flatMap(({ path, name }): Finding[] => {
    const [, original] = asideName.exec(name) ?? []
    if (original === undefined) return []
    const message = `${path} was set aside, because it could not be read as ${original}`
    return [{ severity: 'warning', message, hint: 'take over by hand what the new one lacks, then remove it' }]
  })
}
