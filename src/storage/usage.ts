// Keeps the counters of credentials that are too frequent to be events.
import type { Database } from 'better-sqlite3'
import type { UsageRollup } from './event-log.ts'

/** Prepares the writer; it replaces the rollups of the named credentials in one commit. */
export function openSaveUsage(database: Database): (rollups: readonly UsageRollup[]) => void {
  const upsert = database.prepare(
    `INSERT INTO usage (profile_id, requests, last_used_at) VALUES (@profileId, @requests, @lastUsedAt)
     ON CONFLICT (profile_id) DO UPDATE SET requests = excluded.requests, last_used_at = excluded.last_used_at`,
  )
  const save = database.transaction((rollups: readonly UsageRollup[]) => {
    for (const rollup of rollups) upsert.run(rollup)
  })
  return (rollups) => save.immediate(rollups)
}

/** All rollups, one for each credential that was ever used. */
export function readUsage(database: Database): UsageRollup[] {
  const select = database.prepare('SELECT profile_id AS profileId, requests, last_used_at AS lastUsedAt FROM usage')
  return select.all() as UsageRollup[] // a STRICT table holds what its columns say
}
