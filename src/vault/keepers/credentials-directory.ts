// Reads what systemd hands to the service: files in $CREDENTIALS_DIRECTORY (systemd.exec(5), "Credentials").
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Host } from '../../host.ts'
import { readPrivateFile } from './read-private-file.ts'

/** Where a credential of that name is, null when there is none. */
export function credentialPath({ env }: Host, name: string): string | null {
  const directory = env['CREDENTIALS_DIRECTORY']
  if (!directory) return null
  const path = join(directory, name)
  return existsSync(path) ? path : null
}

/** @returns null when there is no such file @throws TraseError `file_unreadable` */
export async function readIfThere(path: string): Promise<string | null> {
  return (await readPrivateFile(path))?.text ?? null
}
