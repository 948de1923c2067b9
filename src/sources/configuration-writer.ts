// Writes changes of single values to traseai.json, one after the other, and never over a save that somebody else made meanwhile.
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { type ConfigurationChange, editConfiguration } from './configuration-edit.ts'
import { configurationBytesMax } from './configuration-file.ts'
import type { SettingsFile } from './settings-file.ts'
import { writePrivateFile } from './write-private-file.ts'

export interface ConfigurationWriterDeps {
  readonly host: Host
  readonly path: string
  read(): Promise<SettingsFile>
  /** Resolves when what was read last has been taken up. */
  rested(): Promise<void>
}

export type EditConfiguration = (changes: readonly ConfigurationChange[]) => Promise<void>

/** Somebody who saves more often than this while we try goes on for ever. */
const attemptsMax = 5
/** Each takes some milliseconds; callers of this many would wait for seconds. */
const waitingMax = 1_000

/** See `ConfigurationSource.edit`. */
export function openConfigurationWriter(deps: ConfigurationWriterDeps): EditConfiguration {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (changes) => {
    if (waiting >= waitingMax) throw new TraseError('busy', `${waitingMax} changes wait for ${deps.path}`)
    waiting += 1
    const before = last
    const own = before.then(() => write(deps, changes)).finally(() => (waiting -= 1))
    last = own.catch(() => null) // its caller hears of it; the next one goes on
    await own
  }
}

async function write(deps: ConfigurationWriterDeps, changes: readonly ConfigurationChange[]): Promise<void> {
  const { host, path } = deps
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    // A file that is gone or half there may be in the middle of somebody's save.
    await deps.rested()
    const before = textOf(path, await deps.read())
    const edited = editConfiguration(before, changes, path)
    if (edited === (before ?? '')) return
    if (Buffer.byteLength(edited) > configurationBytesMax) {
      throw new TraseError('configuration_invalid', `${path} would be larger than ${configurationBytesMax} bytes`)
    }
    // Between this look and the rename, some milliseconds, another save would be lost.
    if (textOf(path, await deps.read()) !== before) continue
    await writePrivateFile(host, path, edited)
    return deps.rested()
  }
  throw new TraseError('conflict', `${path} is being changed by another program`)
}

/** Null when there is no file. @throws TraseError `configuration_invalid` for one that cannot be read, or is not text */
function textOf(path: string, file: SettingsFile): string | null {
  if (file.kind === 'missing') return null
  if (file.kind === 'unusable') {
    throw new TraseError('configuration_invalid', `${path} ${file.reason}: it was not changed`, { hint: file.hint })
  }
  const text = file.bytes.toString('utf8')
  // What is not UTF-8 would be written back as something else.
  if (Buffer.from(text, 'utf8').equals(file.bytes)) return text
  throw new TraseError('configuration_invalid', `${path} is not UTF-8 text: it was not changed`)
}
