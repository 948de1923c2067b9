// The live configuration: read at start, followed while the gateway runs, the last good one kept while the file is broken.
import type { SettingsProblem } from '../domain/problem.ts'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ConfigurationChange } from './configuration-edit.ts'
import { configurationBytesMax, parseConfiguration, type ParsedConfiguration } from './configuration-file.ts'
import { defaultConfiguration, type Configuration } from './configuration-schema.ts'
import { openConfigurationWriter } from './configuration-writer.ts'
import { followSettledFile } from './settled-file.ts'
import { steadyFileReader, type SettingsFile } from './settings-file.ts'
import { problemText, settingsProblem } from './settings-problem.ts'

export interface ConfigurationState {
  /** False while the last good configuration stays in use. Problems of a good one are warnings. */
  readonly ok: boolean
  readonly value: Configuration
  readonly problems: readonly SettingsProblem[]
}

export interface ConfigurationDeps {
  readonly host: Host
  /** Called when the value differs from the one before, not for problems alone. */
  onChange(before: Configuration, now: Configuration): void
  /** Called when the file was broken and is good again, after `onChange`. */
  onMended?(): void
}

export interface ConfigurationSource {
  current(): ConfigurationState
  /** traseai.json may have changed: for the home watcher. */
  fileChanged(): void
  /** Reads the file again; resolves to what is current then. */
  reload(): Promise<ConfigurationState>
  /**
   * Changes single values of the file, which is made when there is none; comments and layout stay. Resolves when the
   * values are in use. Edits wait for each other; one that changes nothing writes nothing.
   * @throws TraseError `configuration_invalid` (the file is broken, or would be: nothing was written), `cannot_create`,
   * `disk_full`, `conflict`, `busy`
   */
  edit(changes: readonly ConfigurationChange[]): Promise<void>
  close(): Promise<void>
}

const wholeMs = 10
const brokenMs = 50
/** A file that is gone may be about to be written again. */
const missingMs = 2_000

/**
 * Without a file every setting has its default.
 * @throws TraseError `configuration_invalid` when the file is broken now: there is no last good one to go on with
 */
export async function openConfiguration({ host, onChange, onMended }: ConfigurationDeps): Promise<ConfigurationSource> {
  const path = host.paths.configuration
  let state: ConfigurationState = { ok: true, value: defaultConfiguration(), problems: [] }
  /** The text that `state` was made from; null when there was no file. */
  let read: string | null = null
  let started = false
  const parse = parserOf(path)
  const readFile = steadyFileReader(host, path, configurationBytesMax)
  const follower = followSettledFile({ host, read: readFile, patienceMs, onSettled })

  function patienceMs(file: SettingsFile): number {
    if (file.kind === 'missing') return read === null ? 0 : missingMs
    if (file.kind === 'unusable') return brokenMs
    const text = file.bytes.toString('utf8')
    if (text === read) return 0
    return parse(text).ok ? wholeMs : brokenMs
  }

  function onSettled(file: SettingsFile): void {
    const before = state
    read = file.kind === 'file' ? file.bytes.toString('utf8') : file.kind === 'missing' ? null : read
    const found = configurationIn(file, path, before.value, parse)
    const same = found.value === before.value || JSON.stringify(found.value) === JSON.stringify(before.value)
    state = same ? { ...found, value: before.value } : found // callers compare by identity
    if (!started) return
    const [now, was] = [state.problems, before.problems].map((problems) => problems.map(problemText).join('; '))
    if (!state.ok && now !== was)
      host.log.warn({ problems: now }, 'the configuration is broken; the last good one stays in use')
    if (!same) onChange(before.value, state.value)
    if (!state.ok || before.ok) return
    host.log.info({ file: path }, 'the configuration is in order again')
    onMended?.()
  }

  await follower.takeNow()
  if (!state.ok) throw invalid(path, state.problems)
  started = true
  return {
    current: () => state,
    fileChanged: () => follower.changed(),
    async reload() {
      await follower.rested()
      return state
    },
    edit: openConfigurationWriter({ host, path, read: readFile, rested: () => follower.rested() }),
    close: () => follower.close(),
  }
}

/** What a file stands for; `lastGood` stays in use in place of one that cannot be used. */
export function configurationIn(
  file: SettingsFile,
  path: string,
  lastGood: Configuration,
  parse: (text: string) => ParsedConfiguration = parserOf(path),
): ConfigurationState {
  if (file.kind === 'missing') return { ok: true, value: defaultConfiguration(), problems: [] }
  if (file.kind === 'unusable') {
    return { ok: false, value: lastGood, problems: [settingsProblem(path, file.reason, { hint: file.hint })] }
  }
  const parsed = parse(file.bytes.toString('utf8'))
  return parsed.ok
    ? { ok: true, value: parsed.value, problems: parsed.warnings }
    : { ok: false, value: lastGood, problems: parsed.problems }
}

/** Knows its last text again: the file is looked at often, and each reading of a large one takes much memory. */
function parserOf(path: string): (text: string) => ParsedConfiguration {
  let last: { readonly text: string; readonly parsed: ParsedConfiguration } | null = null
  return (text) => {
    if (last?.text !== text) last = { text, parsed: parseConfiguration(text, path) }
    return last.parsed
  }
}

function invalid(path: string, problems: readonly SettingsProblem[]): TraseError {
  const lines = problems.map(problemText)
  return new TraseError('configuration_invalid', lines.join('\n'), {
    hint: `mend ${path} and start again`,
    data: { problems },
  })
}
