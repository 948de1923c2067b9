// Takes up what people make of an auth-profiles.json: an edit becomes commands, a broken file is kept aside.
import { afterEdits, mergeProfiles } from '../domain/profiles-merge.ts'
import { refuseOverfull } from '../domain/overfull-edit.ts'
import type { EditBase, MergedEdits, ProfileEdit } from '../domain/profiles-edit.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import { messageOf } from '../errors.ts'
import { keepAside } from '../sources/keep-aside.ts'
import {
  type HeldEntries,
  profilesText,
  type ReadProfiles,
  readProfilesText,
  type WrittenProfiles,
} from '../sources/profiles-text.ts'
import { sameState } from '../sources/settled-file.ts'
import type { SettingsFile } from '../sources/settings-file.ts'
import { problemText, settingsProblem } from '../sources/settings-problem.ts'
import type { Secret } from '../vault/secret.ts'
import { type AgentSheet, findingProblem, isKnown, stand } from './agent-sheet.ts'

/** What is to be done next. */
export interface Taken {
  /** The file may be written. */
  readonly write: boolean
  /** Something of it is to be tried again, though nobody edits the file. */
  readonly retry: boolean
}

const wait: Taken = { write: false, retry: false }

/** A whole file that takes nothing away. */
const wholeMs = 10
/**
 * Removing a profile destroys its secret, and a broken file is moved away under its editor: both have to stay so for a
 * while. A block that is cut to be pasted elsewhere, and saved in between by an editor that does so by itself, is back by then.
 */
const graveMs = 2_000

/** How long a state must last before it is taken up, in milliseconds. */
export async function patienceMs(sheet: AgentSheet, state: SettingsFile): Promise<number> {
  if (state.kind === 'missing') return sheet.known === null ? 0 : graveMs
  if (state.kind === 'unusable') return graveMs
  if (isKnown(sheet, state)) return 0
  const parsed = parse(sheet, state.bytes)
  if (!parsed.ok) return graveMs
  const { edits } = await merge(sheet, parsed.file).finally(() => parsed.file.dropSecrets())
  const removes = edits.some(({ type }) => type === 'remove')
  return removes ? graveMs : wholeMs
}

/**
 * The first look after a start: a file that nobody edited is known from then on; one that is broken is told at once, and
 * taken up like an edit when it has lasted.
 */
export async function firstLook(sheet: AgentSheet): Promise<void> {
  const state = await sheet.read()
  if (state.kind === 'missing') return
  if (state.kind === 'file' && isAsWritten(sheet, state.bytes)) return void (sheet.known = state.bytes)
  const problem = problemOf(sheet, state)
  if (problem) return stand(sheet, problem)
  if (state.kind !== 'file') return
  const parsed = parse(sheet, state.bytes)
  if (!parsed.ok) return
  const { edits, findings } = await merge(sheet, parsed.file).finally(() => parsed.file.dropSecrets())
  if (edits.length === 0 && findings.length === 0 && parsed.file.remarks.length === 0) sheet.known = state.bytes
}

/** Most starts find what they would write; a large file takes much memory to read. */
function isAsWritten(sheet: AgentSheet, bytes: Buffer): boolean {
  return bytes.equals(Buffer.from(profilesText(sheet.agent, sheet.content(), sheet.usage(), nothingHeld)))
}

const nothingHeld: HeldEntries = { profiles: new Map(), order: new Map() }

/** Takes up a state that has lasted, if it is still there: its turn may have come late. Never two at a time. */
export async function takeUp(sheet: AgentSheet, state: SettingsFile): Promise<Taken> {
  if (!sameState(await sheet.read(), state)) {
    sheet.lookAgain()
    return wait
  }
  if (state.kind === 'missing') forget(sheet)
  const problem = problemOf(sheet, state)
  if (problem) return setAside(sheet, state, problem)
  stand(sheet, null)
  if (state.kind !== 'file' || isKnown(sheet, state)) return { write: true, retry: false }
  const parsed = parse(sheet, state.bytes)
  return parsed.ok ? takeEdit(sheet, state.bytes, parsed.file) : wait
}

async function takeEdit(sheet: AgentSheet, bytes: Buffer, file: WrittenProfiles): Promise<Taken> {
  const { host, agent, path } = sheet
  const { edits, findings } = await merge(sheet, file)
  sheet.isTaking = true
  const { made, refused } = await sheet.makeEdits(edits, overtaking(sheet, bytes)).finally(() => {
    sheet.isTaking = false
    file.dropSecrets()
  })
  if (made.length > 0) host.log.info({ agent, path, edits: made.length }, 'a hand edit of a profiles file was taken up')
  await goOn(sheet, file, made)
  if (made.length + refused.length < edits.length) {
    sheet.lookAgain()
    return wait
  }
  sheet.findings = [...findings, ...refused.map(({ finding }) => finding)]
  const told = [...sheet.findings.map((finding) => findingProblem(path, bytes, finding)), ...file.remarks]
  for (const problem of told) {
    host.log.warn({ agent, problem: problemText(problem) }, 'a part of a hand edit of a profiles file is not taken up')
  }
  const later = refused.filter(({ passing }) => passing)
  // What cannot be held in the file, such as a removal, is tried again from the file as it is.
  const write = later.every(({ finding }) => finding.held)
  if (write) [sheet.known, sheet.shown] = [bytes, null]
  return { write, retry: later.length > 0 }
}

/** The file is read only when it was noticed to change: between two edits of thousands nothing else is quick enough. */
function overtaking(sheet: AgentSheet, bytes: Buffer): () => Promise<boolean> {
  sheet.mayBeOvertaken = false
  return async () => {
    if (!sheet.mayBeOvertaken) return false
    sheet.mayBeOvertaken = false
    return !sameState(await sheet.read(), { kind: 'file', bytes })
  }
}

/** An editor that is still open knows nothing of the file that is written now. */
async function goOn(
  { remembered, content }: AgentSheet,
  { revision }: WrittenProfiles,
  made: readonly ProfileEdit<Secret>[],
): Promise<void> {
  if (revision === null || made.length === 0) return
  const began = await remembered.find(revision, content())
  if (began) await remembered.goOn(revision, afterEdits(began, made, content()))
}

async function setAside(sheet: AgentSheet, state: SettingsFile, problem: SettingsProblem): Promise<Taken> {
  const { host, agent, path } = sheet
  stand(sheet, problem)
  if (state.kind === 'unusable' && state.passing) return wait
  const name = await moveAside(sheet, problem)
  if (name === null) return wait
  const words = problem.line === null ? problem.message : `line ${problem.line}: ${problem.message}`
  sheet.kept = new Map([...sheet.kept, [name, words]])
  host.log.warn({ agent, path, keptAs: name }, 'the broken profiles file is kept aside, and written anew')
  forget(sheet)
  return { write: true, retry: false }
}

/** There is no file any more. */
function forget(sheet: AgentSheet): void {
  ;[sheet.known, sheet.shown, sheet.standing, sheet.findings] = [null, null, null, []]
}

async function moveAside(sheet: AgentSheet, problem: SettingsProblem): Promise<string | null> {
  const stays = (why: string): null => {
    stand(sheet, { ...problem, message: `${problem.message}; it stays where it is: ${why}` })
    return null
  }
  try {
    const name = await keepAside(sheet.path, sheet.host.now())
    return name ?? stays('many broken ones are kept beside it already')
  } catch (error) {
    return stays(messageOf(error))
  }
}

/** Why a state cannot be used; null when it can, or when there is nothing. */
function problemOf(sheet: AgentSheet, state: SettingsFile): SettingsProblem | null {
  if (state.kind === 'missing' || isKnown(sheet, state)) return null
  const hint = 'mend it; one that stays so is kept aside and written anew'
  if (state.kind === 'unusable') return settingsProblem(sheet.path, state.reason, { hint: state.hint })
  const parsed = parse(sheet, state.bytes)
  if (!parsed.ok) return { ...parsed.problem, hint }
  parsed.file.dropSecrets()
  return null
}

function parse(sheet: AgentSheet, bytes: Buffer): ReadProfiles {
  return readProfilesText(bytes, sheet.path, sheet.providers())
}

async function merge(sheet: AgentSheet, { revision, content }: WrittenProfiles): Promise<MergedEdits<Secret>> {
  const base = await baseOf(sheet, revision)
  return refuseOverfull(mergeProfiles(base, content, sheet.content()), sheet.content(), sheet.room())
}

async function baseOf({ remembered, content }: AgentSheet, revision: string | null): Promise<EditBase> {
  if (revision === null) return { kind: 'whole' }
  const began = await remembered.find(revision, content())
  return began ? { kind: 'known', content: began } : { kind: 'unknown' }
}
