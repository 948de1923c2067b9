// Whether a file was set aside because nobody could read it, and still waits for a person.
import { nameBeforeAside } from '../sources/keep-aside.ts'
import type { Finding, HostDeps } from './check.ts'
import { homeEntries } from './home-entries.ts'

export async function checkSetAside({ host }: HostDeps): Promise<readonly Finding[]> {
  const entries = await homeEntries(host.paths.home)
  return entries.flatMap(({ path, name }): Finding[] => {
    const original = nameBeforeAside(name)
    if (original === null) return []
    const message = `${path} was set aside, because it could not be read as ${original}`
    return [{ severity: 'warning', message, hint: 'take over by hand what the new one lacks, then remove it' }]
  })
}
