// The text of an auth-profiles.json: written from its content, and read back as what somebody may have made of it.
import { hash } from 'node:crypto'
import type { Node } from 'jsonc-parser'
import { isKeyAsName } from '../domain/keys-in-text.ts'
import type { EditedContent, EditedProfile, Section } from '../domain/profiles-edit.ts'
import type { ProfilesContent, ProfileUsage } from '../domain/profiles-file.ts'
import type { AgentId } from '../domain/ids.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import type { Provider } from '../domain/provider.ts'
import type { Secret } from '../vault/secret.ts'
import { jsonValue, readJsonTree } from './json-tree.ts'
import { readProfile } from './profile-entry.ts'
import { lineAt, settingsProblem } from './settings-problem.ts'

export interface WrittenProfiles {
  /** Which content the file began as; null when it does not say. */
  readonly revision: string | null
  readonly content: EditedContent<Secret>
  /** What is not understood and will not be kept. */
  readonly remarks: readonly SettingsProblem[]
  /** The line of an entry, starting at 1. */
  lineOf(section: Section, name: string): number | undefined
  /** An entry as it stands there, perhaps with a secret. */
  rawEntry(section: Section, name: string): unknown
  /** To be called when the secrets in `content` are no longer needed. */
  dropSecrets(): void
}

export type ReadProfiles =
  | { readonly ok: true; readonly file: WrittenProfiles }
  | { readonly ok: false; readonly problem: SettingsProblem }

/** Entries of the file that stay as somebody wrote them. */
export type HeldEntries = Readonly<Record<Section, ReadonlyMap<string, unknown>>>

export const profilesFileBytesMax = 1_048_576
const fileVersion = 1
const revisionDigits = 16
const topLevel = new Set(['version', 'profiles', 'order', 'usageStats', 'revision'])
/** A file with more is not worth more words. */
const remarksMax = 20

/** What a content is recognised by: it stands in the file, and an editor leaves it there. */
export function revisionOf(agent: AgentId, { profiles, order }: ProfilesContent): string {
  return hash('sha256', JSON.stringify([agent, profiles, order]), 'hex').slice(0, revisionDigits)
}

/** The whole text. Held entries stand in the place of what the content has under their names. */
export function profilesText(
  agent: AgentId,
  content: ProfilesContent,
  usageStats: Readonly<Record<string, ProfileUsage>>,
  held: HeldEntries,
): string {
  const file = {
    version: fileVersion,
    profiles: withHeld(content.profiles, held.profiles),
    order: withHeld(content.order, held.order),
    usageStats,
    revision: revisionOf(agent, content),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

function withHeld(entries: Readonly<Record<string, unknown>>, held: ReadonlyMap<string, unknown>): object {
  if (held.size === 0) return entries
  const all = new Map([...Object.entries(entries), ...held])
  return Object.fromEntries([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** No problem holds a value of the text, nor a name that is no id: both can be a key in the wrong place. */
export function readProfilesText(bytes: Buffer, file: string, providers: readonly Provider[]): ReadProfiles {
  const read = readJsonTree(bytes.toString('utf8'), file, { comments: false, problemsMax: 1 })
  if (!read.ok) {
    const [{ message, line } = { message: 'cannot be read', line: null }] = read.problems
    return refused(settingsProblem(file, message, line === null ? {} : { line }))
  }
  const { tree, text } = read
  const wrong = wrongShape(tree)
  if (wrong) return refused(settingsProblem(file, wrong.message, { line: lineAt(text, wrong.offset) }))
  const sections = { profiles: entriesOf(member(tree, 'profiles')), order: entriesOf(member(tree, 'order')) }
  const lineOf = (section: Section, name: string): number | undefined => {
    const node = sections[section].get(name)
    return node && lineAt(text, node.offset)
  }
  const [profiles, remarks] = readEntries(sections.profiles, providers)
  const order = new Map([...sections.order].map(([name, node]) => [name, listOfTexts(node)]))
  const unknown = [...entriesOf(tree).keys()].filter((name) => !topLevel.has(name))
  const revision = member(tree, 'revision')?.value as unknown
  return {
    ok: true,
    file: {
      revision: typeof revision === 'string' ? revision : null,
      content: { profiles, order },
      remarks: [
        ...(unknown.length > 0
          ? [settingsProblem(file, `has ${unknown.length} unknown fields, which are not kept`)]
          : []),
        ...remarks.map(({ name, message }) => {
          return settingsProblem(file, message, {
            line: lineOf('profiles', name) ?? 1,
            key: isKeyAsName(name) ? null : `profiles.${name}`,
          })
        }),
      ].slice(0, remarksMax),
      lineOf,
      rawEntry(section, name) {
        const node = sections[section].get(name)
        return node && jsonValue(node)
      },
      dropSecrets: () => profiles.forEach(({ secret }) => secret?.drop()),
    },
  }
}

function refused(problem: SettingsProblem): ReadProfiles {
  return { ok: false, problem }
}

function wrongShape(tree: Node): { readonly message: string; readonly offset: number } | null {
  if (tree.type !== 'object') return { message: 'is no object', offset: tree.offset }
  const [profiles, order, version] = [member(tree, 'profiles'), member(tree, 'order'), member(tree, 'version')]
  if (!profiles) return { message: '"profiles" is missing', offset: tree.offset }
  if (profiles.type !== 'object') return { message: '"profiles" is no object', offset: profiles.offset }
  if (order && order.type !== 'object') return { message: '"order" is no object', offset: order.offset }
  if (version && version.value !== fileVersion) {
    return { message: `"version" is not ${fileVersion}: another program wrote it`, offset: version.offset }
  }
  return null
}

function readEntries(
  entries: ReadonlyMap<string, Node>,
  providers: readonly Provider[],
): [ReadonlyMap<string, EditedProfile<Secret>>, readonly { readonly name: string; readonly message: string }[]] {
  const profiles = new Map<string, EditedProfile<Secret>>()
  const remarks: { name: string; message: string }[] = []
  for (const [name, node] of entries) {
    const { profile, unknownFields } = readProfile(name, jsonValue(node), providers)
    profiles.set(name, profile)
    // An entry that stays as it is loses nothing.
    if (unknownFields.length > 0 && !profile.fault) {
      remarks.push({ name, message: `has fields that are not kept: ${unknownFields.join(', ')}` })
    }
  }
  return [profiles, remarks]
}

function member(tree: Node, name: string): Node | undefined {
  return entriesOf(tree).get(name)
}

function entriesOf(node: Node | undefined): ReadonlyMap<string, Node> {
  const properties = node?.type === 'object' ? (node.children ?? []) : []
  return new Map(
    properties.flatMap(({ children: [name, value] = [] }): [string, Node][] =>
      name && value ? [[String(name.value), value]] : [],
    ),
  )
}

function listOfTexts(node: Node): readonly string[] | null {
  const value = jsonValue(node)
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null
}
