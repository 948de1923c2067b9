// A notice as it is told: several matters at once are one, with a title, a text for people and the same as data for programs.
import { isoInstant } from './events.ts'
import { byMatterUrgency, matterTable, type Severity } from './matter.ts'
import type { Due } from './notice-watch.ts'

/** What a program gets: over a webhook, and on the standard input of a command. Instants are ISO 8601. */
export interface NoticeData {
  readonly version: 1
  readonly host: string
  readonly severity: Severity
  readonly title: string
  readonly text: string
  readonly matters: readonly NoticeMatter[]
}

export interface NoticeMatter {
  readonly key: string
  readonly kind: string
  readonly severity: Severity
  readonly title: string
  readonly message: string
  readonly hint: string
  readonly profileId?: string
  readonly provider?: string
  readonly since: string
  /** When it ends. */
  readonly until: string | null
  /** It was told before. */
  readonly reminder: boolean
  /** When it was over, for one that passed before it could be told. */
  readonly overSince: string | null
}

/** ntfy makes an attachment of more than 4,096 bytes, and a command line has its limit as well. */
const textCharactersMax = 3_500
const mattersMax = 100

/** @param dues at least one */
export function composeNotice(dues: readonly Due[], host: string): NoticeData {
  const urgent = byMatterUrgency(dues.map(({ matter }) => matter))
  const ordered = urgent.flatMap((matter) => dues.find((due) => due.matter === matter) ?? [])
  const matters = ordered.slice(0, mattersMax).map(asData)
  const severity = matters.some((each) => each.severity === 'error' && each.overSince === null) ? 'error' : 'warning'
  return {
    version: 1,
    host,
    severity,
    title: titleOf(matters, dues.length),
    text: textOf(matters, dues.length, host),
    matters,
  }
}

/** For `notify test`: it looks like one that matters and says that it is none. */
export function testNotice(host: string): NoticeData {
  const title = 'TraseAI: a test'
  const text = `This is a test of TraseAI on ${host}: notices reach you here.`
  return { version: 1, host, severity: 'warning', title, text, matters: [] }
}

function asData({ matter, isReminder, overAt }: Due): NoticeMatter {
  const { since, until, ...rest } = matter
  return {
    ...rest,
    severity: matterTable[matter.kind].severity,
    since: isoInstant(since),
    until: until === null ? null : isoInstant(until),
    reminder: isReminder,
    overSince: overAt === null ? null : isoInstant(overAt),
  }
}

function titleOf(matters: readonly NoticeMatter[], count: number): string {
  const [first] = matters
  if (!first) return 'TraseAI'
  const title = first.overSince === null ? first.title : `over: ${first.title}`
  return count === 1 ? `TraseAI: ${title}` : `TraseAI: ${title}, and ${count - 1} more`
}

/** A paragraph for each matter, as many as there is room for. */
function textOf(matters: readonly NoticeMatter[], count: number, host: string): string {
  const paragraphs: string[] = []
  let length = 0
  for (const matter of matters) {
    const paragraph = paragraphOf(matter)
    length += paragraph.length + 2
    if (paragraphs.length > 0 && length > textCharactersMax) break
    paragraphs.push(paragraph.slice(0, textCharactersMax))
  }
  const more = count - paragraphs.length
  if (more > 0) paragraphs.push(`And ${more} more: traseai notify list`)
  return [...paragraphs, `(TraseAI on ${host})`].join('\n\n')
}

function paragraphOf({ message, hint, reminder, overSince }: NoticeMatter): string {
  if (overSince !== null) return `It is over, and was: ${message}.`
  return `${reminder ? 'Again: ' : ''}${message}.\n${hint}`
}
