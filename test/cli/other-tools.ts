// A user's home directory with the files of other tools in it, and keys that look like those of each provider.
import { mkdtempSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const filler = '0123456789abcdefghijklmnopqrstuvwxyz'.repeat(4)

/** Keys of nobody, of the length that each provider's have; the end is what may be shown. */
export const keyOf = {
  anthropic: (end: string): string => `sk-ant-api03-test-${filler.slice(0, 86)}${end}`,
  claudeToken: (end: string): string => `sk-ant-oat01-test-${filler.slice(0, 86)}${end}`,
  openai: (end: string): string => `sk-proj-test-${filler.slice(0, 60)}${end}`,
  groq: (end: string): string => `gsk_${filler.slice(0, 48)}${end}`,
} as const

export interface UserHome {
  readonly path: string
  /** Writes a file below it; what is no text is written as JSON. */
  put(file: string, content: unknown): Promise<string>
  /** Every file with its bytes. */
  snapshot(): Promise<ReadonlyMap<string, string>>
  remove(): Promise<void>
}

export function openUserHome(): UserHome {
  const path = mkdtempSync(join(tmpdir(), 'traseai-user-'))
  return {
    path,
    async put(file, content) {
      const target = join(path, file)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, typeof content === 'string' ? content : JSON.stringify(content))
      return target
    },
    snapshot: () => snapshotOf(path),
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

/** Of a home of ours: what people edit and other programs read; the database and the log grow at every start. */
export async function settingsOf(home: string): Promise<ReadonlyMap<string, string>> {
  const all = await snapshotOf(home)
  return new Map([...all].filter(([name]) => /^(\.env|traseai\.json|agents\/.*)$/.test(name)))
}

async function snapshotOf(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(
    files
      .sort()
      .map(async (file): Promise<[string, string]> => [
        file.slice(directory.length + 1),
        await readFile(file, 'latin1'),
      ]),
  )
  return new Map(contents)
}

/** Fails the test when eight characters in a row of a key's secret part are in the text. */
export function leakOf(text: string, keys: readonly string[]): string | null {
  for (const key of keys) {
    // What all keys of a provider begin with is no secret.
    const secret = key.slice(key.indexOf(filler.slice(0, 8)))
    for (let start = 0; start + 8 <= secret.length; start += 1) {
      if (text.includes(secret.slice(start, start + 8))) return `${key.slice(0, 8)}… leaked`
    }
  }
  return null
}
