// The .env of the home as a layer: what was read last and was good, why the present file is not used, and edits to it.
import type { SettingsProblem } from '../domain/problem.ts'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Secret } from '../vault/secret.ts'
import { halfWritten, patienceMs, type GoodEnvFile } from './env-file-change.ts'
import { envFileBytesMax, parseEnvFile } from './env-file.ts'
import { followSettledFile } from './settled-file.ts'
import { steadyFileReader, type SettingsFile } from './settings-file.ts'
import { problemText, settingsProblem } from './settings-problem.ts'
import { writePrivateFile } from './write-private-file.ts'

export interface EnvFileLayerDeps {
  readonly host: Host
  /** The layer may have changed. The secrets that it no longer has are handed over to be dropped. */
  onSettled(retired: readonly Secret[]): void
}

export interface EnvFileLayer {
  variables(): ReadonlyMap<string, Secret>
  /** The line that sets a variable, starting at 1. */
  lineOf(name: string): number | undefined
  /** False while the last good content stays in use. */
  ok(): boolean
  problems(): readonly SettingsProblem[]
  changed(): void
  takeNow(): Promise<void>
  rested(): Promise<void>
  /**
   * Replaces the text by what `change` makes of it; resolves when the layer has it. `change` may be called again when
   * somebody else saves the file meanwhile; between the last look and the rename (some milliseconds) such a save is lost.
   * @throws TraseError `env_file_invalid`, `cannot_create`, `disk_full`, `conflict`, and what `change` throws
   */
  edit(change: (text: string) => string): Promise<void>
  close(): Promise<void>
}

const editAttemptsMax = 5

export function openEnvFileLayer({ host, onSettled }: EnvFileLayerDeps): EnvFileLayer {
  const path = host.paths.envFile
  const read = steadyFileReader(host, path, envFileBytesMax)
  let good: GoodEnvFile | null = null
  /** Why the file is not used as it is now. */
  let standing: SettingsProblem | null = null
  const follower = followSettledFile({
    host,
    read,
    patienceMs: (state) => patienceMs(state, good, path),
    onSettled: settled,
  })

  function settled(state: SettingsFile): void {
    const before = good
    const problem = take(state)
    if (problem && problemText(problem) !== (standing && problemText(standing))) {
      host.log.warn(
        { problem: problemText(problem) },
        'the .env file is not used as it is now; the keys that were read last stay in use',
      )
    }
    if (standing && !problem) host.log.info({ file: path }, 'the .env file is in order again')
    standing = problem
    if (before !== null && before !== good) before.bytes.fill(0)
    onSettled(before !== null && before !== good ? [...before.file.variables.values()] : [])
  }

  /** Makes the state the last good one, or says why not. */
  function take(state: SettingsFile): SettingsProblem | null {
    if (state.kind === 'unusable') return settingsProblem(path, state.reason, { hint: state.hint })
    if (state.kind === 'missing') {
      good = null
      return null
    }
    if (good?.bytes.equals(state.bytes)) return null
    const parsed = parseEnvFile(state.bytes, path)
    if (!parsed.ok) return parsed.problem
    const half = halfWritten(state.bytes, parsed.file, good)
    if (half !== null) {
      for (const secret of parsed.file.variables.values()) secret.drop()
      return settingsProblem(path, `${half}: it looks half-written`, {
        hint: 'save it again as a whole; a file that is meant this way needs a line end behind its last line',
      })
    }
    good = { bytes: Buffer.from(state.bytes), file: parsed.file }
    return null
  }

  return {
    variables: () => good?.file.variables ?? new Map(),
    lineOf: (name) => good?.file.lines.get(name),
    ok: () => standing === null,
    // The findings are about lines of the last good file, which mean nothing while another one lies there.
    problems: () => (standing ? [standing] : (good?.file.problems ?? [])),
    changed: () => follower.changed(),
    takeNow: () => follower.takeNow(),
    rested: () => follower.rested(),
    edit: (change) =>
      editFile({ host, path, read, rested: follower.rested, good: () => good, standing: () => standing }, change),
    async close() {
      await follower.close()
      good?.bytes.fill(0)
      for (const secret of good?.file.variables.values() ?? []) secret.drop()
    },
  }
}

interface EditedFile {
  readonly host: Host
  readonly path: string
  read(): Promise<SettingsFile>
  rested(): Promise<void>
  good(): GoodEnvFile | null
  standing(): SettingsProblem | null
}

async function editFile(file: EditedFile, change: (text: string) => string): Promise<void> {
  const { host, path } = file
  for (let attempt = 1; attempt <= editAttemptsMax; attempt += 1) {
    await file.rested()
    const [problem, good] = [file.standing(), file.good()]
    if (problem) throw new TraseError('env_file_invalid', `${problemText(problem)}: it is not changed`)
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(good?.bytes ?? new Uint8Array())
    const edited = change(text)
    if (edited === text) return
    if (Buffer.byteLength(edited) > envFileBytesMax)
      throw new TraseError('env_file_invalid', `${path} would be larger than ${envFileBytesMax} bytes`)
    const now = await file.read()
    const isStill =
      now.kind === 'file' ? (good?.bytes.equals(now.bytes) ?? false) : now.kind === 'missing' && good === null
    if (!isStill) continue
    await writePrivateFile(host, path, edited)
    return file.rested()
  }
  throw new TraseError('conflict', `${path} is being changed by another program`)
}
