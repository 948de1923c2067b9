// Whether what is installed is still the program that runs: what is loaded from its folder later must be of the same version.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../domain/json-record.ts'
import { errnoOf, TraseError } from '../errors.ts'
import { version } from '../version.ts'

/** @throws TraseError `program_replaced` when the folder holds another version, or nothing that could be loaded */
export async function checkInstalled(packageRoot: string): Promise<void> {
  const installed = await installedVersion(packageRoot)
  if (installed === version) return
  const what = installed === null ? `is not at ${packageRoot} any more` : `was replaced by version ${installed}`
  throw new TraseError('program_replaced', `the program of this gateway, version ${version}, ${what}`)
}

async function installedVersion(packageRoot: string): Promise<string | null> {
  try {
    const about: unknown = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'))
    return isRecord(about) && typeof about['version'] === 'string' ? about['version'] : null
  } catch (error) {
    if (error instanceof SyntaxError || errnoOf(error) !== undefined) return null
    throw error
  }
}
