// Gathers changes of traseai.json that are asked for while one is being written, so that many callers share one write.
import type { ConfigurationChange } from '../sources/configuration-edit.ts'
import type { ConfigurationSource } from '../sources/configuration-source.ts'

/** Resolves when the change is in use; of changes of the same value the last one counts. @throws TraseError see `edit` */
export type GatheredEdit = (change: ConfigurationChange) => Promise<void>

export function openGatheredEdits({ edit }: Pick<ConfigurationSource, 'edit'>): GatheredEdit {
  let last: Promise<unknown> = Promise.resolve()
  let next: { readonly changes: ConfigurationChange[]; readonly written: Promise<void> } | null = null

  function begin(): NonNullable<typeof next> {
    const changes: ConfigurationChange[] = []
    const written = last.then(() => {
      next = null
      return edit(changes)
    })
    last = written.catch(() => undefined) // heard by everybody whose change it was
    return { changes, written }
  }

  return (change) => {
    next ??= begin()
    next.changes.push(change)
    return next.written
  }
}
