// What is remembered of one agent's auth-profiles.json between looks, and what is said about it.
import type { AgentId } from '../domain/ids.ts'
import { profileIdPattern, providerIdPattern } from '../domain/ids.ts'
import { isKeyAsName } from '../domain/keys-in-text.ts'
import type { Finding, ProfileEdit, Section } from '../domain/profiles-edit.ts'
import type { ProfilesContent, ProfileUsage } from '../domain/profiles-file.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import type { Provider } from '../domain/provider.ts'
import type { Host } from '../host.ts'
import type { RememberedContents } from '../sources/remembered-contents.ts'
import { asideProblem } from '../sources/keep-aside.ts'
import type { SettingsFile } from '../sources/settings-file.ts'
import { lineAt, problemText, settingsProblem } from '../sources/settings-problem.ts'
import type { Secret } from '../vault/secret.ts'
import type { TriedEdits } from './profile-edits.ts'

export const profilesFileName = 'auth-profiles.json'

export interface AgentFileDeps {
  readonly host: Host
  readonly agent: AgentId
  /** The agent's directory: `<home>/agents/<id>/agent`. */
  readonly directory: string
  /** What the log has on disk now. */
  content(): ProfilesContent
  usage(): Readonly<Record<string, ProfileUsage>>
  providers(): readonly Provider[]
  /** How many more credentials can be kept. */
  room(): number
  makeEdits(edits: readonly ProfileEdit<Secret>[], isOvertaken: () => Promise<boolean>): Promise<TriedEdits>
}

interface FileAtHand extends AgentFileDeps {
  readonly path: string
  readonly remembered: RememberedContents
  read(): Promise<SettingsFile>
  /** Has the file looked at again. */
  lookAgain(): void
}

export interface AgentSheet extends FileAtHand {
  /** The file as it was last written or taken up; null when there is none, or when it must be taken up again. */
  known: Buffer | null
  /** An edit is being made: the file is written, and looked at again, when that is done. */
  isTaking: boolean
  /** The file may have changed since the edit that is being made was read. */
  mayBeOvertaken: boolean
  /** The revision of the content that `known` shows; null when that is not to be relied on. */
  shown: string | null
  /** What of the last edit did not come to be. */
  findings: readonly Finding[]
  /** Why the file is not used as it is now. */
  standing: SettingsProblem | null
  /** Why it does not show what the log has. */
  unwritten: SettingsProblem | null
  /** Broken files that were kept, by name, with what was wrong with each when that is known. */
  kept: ReadonlyMap<string, string | null>
}

/** Before the first look. */
export function emptySheet(file: FileAtHand): AgentSheet {
  return {
    ...file,
    known: null,
    isTaking: false,
    mayBeOvertaken: false,
    shown: null,
    findings: [],
    standing: null,
    unwritten: null,
    kept: new Map(),
  }
}

/** Whether nobody but the gateway had a hand in it; a file that is gone is simply written again. */
export function isKnown({ known }: AgentSheet, state: SettingsFile): boolean {
  if (state.kind === 'missing') return true
  return state.kind === 'file' && known?.equals(state.bytes) === true
}

/** Says once in the log why the file is not used; null when it is. */
export function stand(sheet: AgentSheet, problem: SettingsProblem | null): void {
  const before = sheet.standing
  sheet.standing = problem
  if (problem === null || (before && problemText(before) === problemText(problem))) return
  sheet.host.log.warn({ agent: sheet.agent, problem: problemText(problem) }, 'a profiles file is not used as it is now')
}

export function sheetProblems(sheet: AgentSheet): readonly SettingsProblem[] {
  const { path, standing, unwritten, findings, known } = sheet
  return [
    ...(standing ? [standing] : []),
    ...(unwritten ? [unwritten] : []),
    ...findings.map((finding) => findingProblem(path, known, finding)),
  ]
}

/** The broken files that wait for their owner. */
export function keptProblems({ path, kept }: AgentSheet): readonly SettingsProblem[] {
  return [...kept].map(([name, why]) => asideProblem(path, name, why))
}

/** With the line of the entry, as long as it stands in the file. */
export function findingProblem(
  path: string,
  bytes: Buffer | null,
  { section, name, message, hint }: Finding,
): SettingsProblem {
  // A name that is no id may be a key in the wrong place; the line says where.
  const key = namePatterns[section].test(name) && !isKeyAsName(name) ? `${section}.${name}` : null
  const text = bytes?.toString('utf8') ?? ''
  const offset = text.indexOf(`${JSON.stringify(name)}:`)
  const subject = key === null ? 'an entry ' : ''
  return settingsProblem(path, `${subject}${message}`, {
    key,
    hint: hint ?? undefined,
    ...(offset < 0 ? {} : { line: lineAt(text, offset) }),
  })
}

const namePatterns: Readonly<Record<Section, RegExp>> = { profiles: profileIdPattern, order: providerIdPattern }
