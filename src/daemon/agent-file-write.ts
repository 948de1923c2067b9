// Makes an agent's auth-profiles.json show what the log has, unless somebody edited it since the last look.
import { mkdir } from 'node:fs/promises'
import type { Section } from '../domain/profiles-edit.ts'
import type { ProfilesContent } from '../domain/profiles-file.ts'
import { messageOf, TraseError } from '../errors.ts'
import {
  type HeldEntries,
  profilesFileBytesMax,
  profilesText,
  readProfilesText,
  revisionOf,
} from '../sources/profiles-text.ts'
import { sameState } from '../sources/settled-file.ts'
import type { SettingsFile } from '../sources/settings-file.ts'
import { settingsProblem } from '../sources/settings-problem.ts'
import { writePrivateFile } from '../sources/write-private-file.ts'
import { type AgentSheet, isKnown } from './agent-sheet.ts'

/** `edited`: somebody edited the file, and it is written when that has been taken up. `hangs`: its disk does not answer. */
export type Shown = 'shown' | 'edited' | 'failed' | 'hangs'

/**
 * With `usage` also when nothing but the use of credentials changed. A save of somebody else between the last look and the
 * rename behind it (some 0.1 ms) is lost. Never two at a time.
 */
export async function writeSheet(sheet: AgentSheet, { usage }: { readonly usage: boolean }): Promise<Shown> {
  const content = sheet.content()
  const revision = revisionOf(sheet.agent, content)
  const isNew = sheet.shown !== revision
  if (!isNew && !usage) return 'shown'
  try {
    const before = await sheet.read()
    if (before.kind === 'missing' && isEmpty(content)) return 'shown'
    if (before.kind === 'unusable' && before.hangs) return 'hangs'
    if (!isKnown(sheet, before)) return edited(sheet)
    // What was overtaken by a change is past when the next change comes.
    if (isNew && sheet.shown !== null) sheet.findings = sheet.findings.filter(({ held }) => held)
    if (isNew) await prepare(sheet, content)
    const state = isNew ? await sheet.read() : before
    if (!isKnown(sheet, state)) return edited(sheet)
    await write(sheet, content, state)
    sheet.shown = revision
    sheet.unwritten = null
    return 'shown'
  } catch (error) {
    if (error instanceof TraseError && error.code === 'conflict') return edited(sheet)
    return failed(sheet, error)
  }
}

function edited(sheet: AgentSheet): Shown {
  // Each change that an edit makes asks for a write: a look at the whole file for each of them took the square of it.
  if (!sheet.isTaking) sheet.lookAgain()
  return 'edited'
}

/** The content is remembered before the file shows it: an edit always finds where it began. */
async function prepare({ directory, remembered }: AgentSheet, content: ProfilesContent): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await remembered.remember(content)
}

async function write(sheet: AgentSheet, content: ProfilesContent, state: SettingsFile): Promise<void> {
  const { agent, host, path } = sheet
  const held = heldEntries(sheet, state)
  const whole = profilesText(agent, content, sheet.usage(), held)
  const text = fits(whole) ? whole : profilesText(agent, content, {}, held)
  if (!fits(text)) {
    throw new TraseError('limit_reached', `it would be larger than ${profilesFileBytesMax} bytes`, {
      hint: 'remove credentials that are no longer needed',
    })
  }
  const bytes = Buffer.from(text)
  if (state.kind !== 'file' || !state.bytes.equals(bytes)) {
    await writePrivateFile(host, path, bytes, async () => sameState(await sheet.read(), state))
  }
  sheet.known = bytes
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= profilesFileBytesMax
}

/** The entries that could not be taken up, as they stand in the file. */
function heldEntries(sheet: AgentSheet, state: SettingsFile): HeldEntries {
  const held = { profiles: new Map<string, unknown>(), order: new Map<string, unknown>() }
  const names = sheet.findings.filter((finding) => finding.held)
  if (names.length === 0 || state.kind !== 'file') return held
  const parsed = readProfilesText(state.bytes, sheet.path, sheet.providers())
  if (!parsed.ok) return held
  parsed.file.dropSecrets()
  const entry = (section: Section, name: string): void => {
    const value = parsed.file.rawEntry(section, name)
    if (value !== undefined) held[section].set(name, value)
  }
  for (const { section, name, others = [] } of names) for (const each of [name, ...others]) entry(section, each)
  return held
}

function isEmpty({ profiles, order }: ProfilesContent): boolean {
  return Object.keys(profiles).length === 0 && Object.keys(order).length === 0
}

function failed(sheet: AgentSheet, error: unknown): Shown {
  const { path, host, agent, unwritten } = sheet
  const hint = error instanceof TraseError ? error.hint : undefined
  if (!unwritten) {
    host.log.error({ agent, error: messageOf(error) }, 'a profiles file cannot be written; it is tried again and again')
  }
  sheet.unwritten = settingsProblem(path, `does not show what is stored: ${messageOf(error)}`, { hint })
  return 'failed'
}
