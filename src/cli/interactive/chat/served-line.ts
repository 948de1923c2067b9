// The line below an answer: which credential and model served it, what it took, and why it may not be whole.
import { duration } from '../../../domain/duration.ts'
import type { Answer } from './ask-model.ts'
import { textWidth } from '../line-editor/text-width.ts'

/** Why an answer ended, other than that all was said: platform.openai.com/docs/api-reference/chat/object */
const endings: Readonly<Record<string, string>> = {
  length: 'cut off at the limit of its length',
  content_filter: 'cut off by a filter of the provider',
}

/** @param width columns of the terminal, null when it is none: the line is then broken between its parts */
export function servedLine(answer: Answer, model: string, width: number | null): string {
  const [first = '', ...more] = servedParts(answer, model)
  const lines = [first]
  for (const part of more) {
    const longer = `${lines.at(-1)} · ${part}`
    if (width !== null && textWidth(longer) > width) lines.push(`  ${part}`)
    else lines.splice(-1, 1, longer)
  }
  return lines.join('\n')
}

function servedParts(answer: Answer, model: string): readonly string[] {
  const { head, text, usage, firstTextMs, totalMs, finish, cut } = answer
  const counts = [countOf(usage?.input, 'in'), countOf(usage?.output, 'out')].filter((part) => part !== null)
  const ending = finish !== null && Object.hasOwn(endings, finish) ? endings[finish] : undefined
  return [
    ...(cut === 'stopped' ? ['stopped'] : []),
    ...(head.profileId === null ? [] : [head.profileId]),
    model,
    ...(counts.length === 0 ? [] : [counts.join(', ')]),
    ...(firstTextMs === null ? [] : [`first ${seconds(firstTextMs)}`]),
    seconds(totalMs),
    ...(head.attempts > 1 ? [`${head.attempts} attempts`] : []),
    ...(head.fallback === null ? [] : ['a paid key in place of a subscription']),
    ...(text === '' && cut === null ? ['an empty answer'] : []),
    ...(ending === undefined ? [] : [ending]),
  ]
}

function countOf(count: number | null | undefined, what: string): string | null {
  return count === null || count === undefined ? null : `${count} ${what}`
}

/** `0.42s`, `7.3s`, `1m 5s`. */
function seconds(milliseconds: number): string {
  if (milliseconds >= 60_000) return duration(milliseconds)
  return `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 2 : 1)}s`
}
