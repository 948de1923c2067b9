// Looks for keys in the caller's shell and in other tools' files, without changing anything.
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readPasted } from '../../../domain/key-shape.ts'
import { builtInProviders, findProvider } from '../../../domain/provider-table.ts'
import { errnoOf } from '../../../errors.ts'
import type { Environment } from '../../../host.ts'
import type { ImportTool } from '../../import-tools.ts'
import type { FoundKey, Origin, PlacedKey } from './found-key.ts'
import { type KnownPlace, knownPlaces, type UserDirectories } from './places/known-places.ts'
import { readUserFile } from './places/user-file.ts'
import { keysOfVariables } from './places/variables.ts'

export interface Discovery {
  /** Each value once for a provider, with all its places. */
  readonly keys: readonly FoundKey[]
  /** What is there and cannot be taken, and what could not be read: sentences. */
  readonly remarks: readonly string[]
}

/** More folders than anybody's agents. */
const foldersMax = 100

/** @param tools the places to look at, by their `tool`; null for all of them */
export async function discover(env: Environment, tools: readonly ImportTool[] | null = null): Promise<Discovery> {
  const user: UserDirectories = { home: env['HOME'] || homedir(), env }
  const isWanted = (tool: ImportTool): boolean => tools === null || tools.includes(tool)
  const found = new Map<string, FoundKey>()
  const remarks: string[] = []
  const add = (placed: PlacedKey, origin: Origin): void => {
    const key = checked(placed)
    if ('refused' in key) return void remarks.push(`${origin.place}: its key of ${placed.provider} ${key.refused}`)
    const id = `${key.provider} ${key.value}`
    const known = found.get(id)
    if (!known) found.set(id, { ...key, origins: [origin] })
    else if (!known.origins.some(({ place }) => place === origin.place)) {
      found.set(id, { ...known, origins: [...known.origins, origin] })
    }
  }

  if (isWanted('env')) {
    const shell = keysOfVariables(env)
    for (const { variable, ...key } of shell.keys) add(key, { tool: 'env', place: `$${variable} of this shell` })
    remarks.push(...shell.remarks)
  }
  for (const place of knownPlaces.filter(({ tool }) => isWanted(tool))) {
    for (const path of await expand(place.path(user))) {
      const shown = shorten(path, user.home)
      const { keys, remarks: more } = await readPlace(place, path)
      for (const key of keys) add(key, { tool: place.tool, place: shown })
      remarks.push(...more.map((text) => `${shown}: ${text}`))
    }
  }
  return { keys: [...found.values()], remarks }
}

/** The key as its provider shapes it; why it cannot be one of that provider. */
function checked({ provider, kind, value }: PlacedKey): PlacedKey | { readonly refused: string } {
  const pasted = readPasted(value, findProvider(builtInProviders, provider), builtInProviders)
  return 'refused' in pasted ? pasted : { provider, kind: pasted.kind ?? kind, value: pasted.value }
}

async function readPlace(place: KnownPlace, path: string): Promise<ReturnType<KnownPlace['read']>> {
  const file = await readUserFile(path)
  if (file === null) return { keys: [], remarks: [] }
  if ('problem' in file) return { keys: [], remarks: [`${file.problem}: passed over`] }
  try {
    return place.read(file.text)
  } catch (error) {
    // Its message would quote the text, and with it perhaps a key.
    if (error instanceof SyntaxError) return { keys: [], remarks: ['is no valid JSON: passed over'] }
    throw error
  }
}

/** The paths that one with a `*` in place of a folder stands for. */
async function expand(path: string): Promise<readonly string[]> {
  const [parent, rest] = path.split('/*/')
  if (parent === undefined || rest === undefined) return [path]
  try {
    const entries = await readdir(parent)
    return entries
      .sort()
      .slice(0, foldersMax)
      .map((entry) => join(parent, entry, rest))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return [] // not there, or not ours to read: the same as no key
  }
}

function shorten(path: string, home: string): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}
