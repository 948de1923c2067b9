// What a backup says about itself: the first file in it, by which everything that follows is checked.
import * as z from 'zod'
import { keeperKinds } from '../domain/events.ts'
import { jsonOrNull } from '../domain/json-record.ts'
import { quoted, TraseError } from '../errors.ts'

/** Grows when an older program could not restore what a newer one packs. */
export const backupFormat = 1

/** The names of the files in a backup; those of agents lie below `agents/`. */
export const packedNames = {
  manifest: 'manifest.json',
  database: 'traseai.db',
  masterKey: 'vault.key',
  envFile: '.env',
  configuration: 'traseai.json',
  agents: 'agents/',
} as const

/** Of the folder of an agent nothing is large; what is larger is not ours, and stays out. */
export const fileBytesMax = 8_388_608
export const filesMax = 10_000
/** A manifest that names so many files with long paths is about as long. */
export const manifestBytesMax = 8_388_608

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const packedFile = z.strictObject({ path: z.string().min(1).max(512), bytes: z.int().nonnegative(), sha256 })

const manifestSchema = z.object({
  format: z.literal(backupFormat),
  /** The version of the program that made it. */
  program: z.string(),
  madeAt: z.iso.datetime(),
  /** The number of the newest migration of the database. */
  schema: z.int().nonnegative(),
  /** Of the newest event, and when that was; 0 and null for an empty log. */
  position: z.int().nonnegative(),
  lastEventAt: z.iso.datetime().nullable(),
  /** Which fold the digest is of. */
  foldVersion: z.int(),
  /** SHA-256 of the state that the events add up to; see state-digest.ts. */
  stateDigest: sha256,
  /** The key that the secrets in it are sealed with, and who kept it; null when there were none yet. */
  vault: z.strictObject({ keyId: z.string(), keeper: z.enum(keeperKinds), secrets: z.int() }).nullable(),
  files: z.array(packedFile).max(filesMax),
})

export type PackedFile = Readonly<z.infer<typeof packedFile>>
export type Manifest = Readonly<z.infer<typeof manifestSchema>>

const formatOnly = z.looseObject({ format: z.int(), program: z.string().optional() })

/** @throws TraseError `backup_refused` for a newer format, a path that leads elsewhere, or what is no manifest */
export function parseManifest(text: string): Manifest {
  const value = jsonOrNull(text)
  const { data: head } = formatOnly.safeParse(value)
  if (head && head.format > backupFormat) {
    throw new TraseError(
      'backup_refused',
      `the backup was made by TraseAI ${head.program ?? '(unknown)'} and has format ${head.format}; this program reads ${backupFormat}`,
      { hint: 'restore it with that version, or a newer one' },
    )
  }
  const { data: manifest, error } = manifestSchema.safeParse(value)
  if (!manifest) throw notOurs(`its ${packedNames.manifest} cannot be read: ${z.prettifyError(error).split('\n')[0]}`)
  const paths = new Set<string>()
  for (const { path, bytes } of manifest.files) {
    if (!isPackedPath(path)) throw notOurs(`it holds a file ${quoted(path)}, which no backup has`)
    if (paths.has(path)) throw notOurs(`it holds ${quoted(path)} twice`)
    if (path !== packedNames.database && bytes > fileBytesMax)
      throw notOurs(`it holds ${quoted(path)} of ${bytes} bytes`)
    paths.add(path)
  }
  if (!paths.has(packedNames.database)) throw notOurs('it holds no traseai.db')
  return manifest
}

/** The four files by their names, and regular names below `agents/`: nothing that could lead out of a home. */
function isPackedPath(path: string): boolean {
  const { database, masterKey, envFile, configuration, agents } = packedNames
  if ([database, masterKey, envFile, configuration].some((name) => name === path)) return true
  if (!path.startsWith(agents) || /[\u0000-\u001f\\]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

export function notOurs(why: string): TraseError {
  return new TraseError('backup_refused', `this is no backup of TraseAI, or a damaged one: ${why}`)
}
