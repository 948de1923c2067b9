// Reads the files of a home that belong into a backup: the settings, the keys in .env, and the folders of agents.
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { HomePaths } from '../host.ts'
import { readWarily } from '../read-warily.ts'
import { fileBytesMax, filesMax, packedNames } from './manifest.ts'

export interface HomeFile {
  /** As it is called in the backup. */
  readonly path: string
  readonly bytes: Buffer
}

export interface HomeFiles {
  readonly files: readonly HomeFile[]
  /** What was left out, and why. */
  readonly notes: readonly string[]
}

/** All of them together; they are held in memory while the backup is made. */
const bytesMax = 67_108_864
/** `agents/<id>/agent/file`, and some more. */
const depthMax = 6

/** `.env` and `traseai.json`, those that are there. @throws TraseError `file_unreadable` */
export async function readSettingsFiles({ envFile, configuration }: HomePaths): Promise<readonly HomeFile[]> {
  const wanted = [
    [packedNames.envFile, envFile],
    [packedNames.configuration, configuration],
  ] as const
  const read = await Promise.all(wanted.map(async ([name, path]) => ({ path: name, bytes: await bytesOf(path) })))
  return read.flatMap(({ path, bytes }) => (bytes === null ? [] : [{ path, bytes }]))
}

/** True when two readings are the same. */
export function areSame(left: readonly HomeFile[], right: readonly HomeFile[]): boolean {
  const digest = (files: readonly HomeFile[]): string =>
    JSON.stringify(files.map(({ path, bytes }) => [path, createHash('sha256').update(bytes).digest('hex')]))
  return digest(left) === digest(right)
}

/** A file that cannot be packed is named, because without it the home would not be the same. */
async function bytesOf(path: string): Promise<Buffer | null> {
  const found = await readWarily(path, fileBytesMax)
  if (found.kind === 'file') return found.bytes
  if (found.kind === 'missing') return null
  throw new TraseError('file_unreadable', `${path} cannot be packed: ${whyNot(found)}`)
}

/**
 * Every regular file below `agents/`, in the order of their names. Those that begin with a dot come last within a folder:
 * `.auth-profiles.last.json` is written before `auth-profiles.json`, so what is read second knows what was read first.
 */
export async function readAgentFiles({ agents }: HomePaths): Promise<HomeFiles> {
  const files: HomeFile[] = []
  const notes: string[] = []
  let bytes = 0

  async function take(folder: string, path: string, depth: number): Promise<void> {
    for (const { name, isFolder } of await entriesOf(folder)) {
      const [from, packed] = [join(folder, name), `${path}${name}`]
      if (isFolder && depth < depthMax) await take(from, `${packed}/`, depth + 1)
      if (isFolder) continue
      const found = await readWarily(from, fileBytesMax)
      if (found.kind === 'missing') continue // it was temporary
      const fits = found.kind === 'file' && bytes + found.bytes.length <= bytesMax && files.length < filesMax - 10
      if (fits) files.push({ path: packed, bytes: found.bytes })
      else notes.push(`${from} is not in the backup: ${found.kind === 'file' ? 'there is too much' : whyNot(found)}`)
      if (fits) bytes += found.bytes.length
    }
  }

  await take(agents, packedNames.agents, 1)
  return { files, notes: notes.slice(0, notesMax) }
}

const notesMax = 20

async function entriesOf(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => (entry.isDirectory() || entry.isFile()) && !temporary.test(entry.name))
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((left, right) => (rank(left.name) < rank(right.name) ? -1 : 1))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw new TraseError('file_unreadable', `${folder} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

/** Names that no backup has, and what a write that is under way leaves for a moment. */
const temporary = /[\u0000-\u001f\\]|^\..+\.[0-9a-f]{12}\.tmp$/

function rank(name: string): string {
  return `${name.startsWith('.') ? 1 : 0}${name}`
}

function whyNot(found: Exclude<Awaited<ReturnType<typeof readWarily>>, { kind: 'file' }>): string {
  if (found.kind === 'too_large') return `it has ${found.size} bytes, ${fileBytesMax} are the most`
  if (found.kind === 'failed') return messageOf(found.error)
  return found.kind === 'growing' ? 'it is being written' : 'it is not a regular file'
}
