// Questions as plain lines of ASCII, for screen readers, dumb terminals and pipes: nothing is drawn twice, nothing moves.
import type { Io } from '../../io.ts'
import { readSecret } from '../../read-secret.ts'
import { printable } from '../../render/printable.ts'
import { wrapNote } from '../../render/wrap-note.ts'
import { terminalWidth } from '../../streams.ts'
import { openLines } from './lines.ts'
import { Interrupted, type Check, type Choice, type Questions } from './questions.ts'

/** @param interrupted aborts the question that waits: in a terminal's own line mode Ctrl-C is a signal, not a key */
export function openPlainQuestions(io: Io, interrupted: AbortSignal): Questions {
  const { stdin, stderr } = io
  const plainIo: Io = { ...io, isPlain: true }
  const lines = openLines(stdin, interrupted)
  const isTerminal = stdin.isTTY === true
  const print = (text: string): void => {
    stderr.write(`${wrapNote(printable(toAscii(text)), terminalWidth(stderr))}\n`)
  }

  async function line(prompt: string): Promise<string> {
    stderr.write(`${toAscii(prompt)} `)
    const answer = await lines.next()
    if (!isTerminal) stderr.write('\n') // nobody has pressed Enter
    if (answer === null) throw new Interrupted('the input has ended')
    return answer.trim()
  }

  /** Asks until the answer can be read. */
  async function until<T>(prompt: string, read: (answer: string) => T | Refused): Promise<T> {
    for (;;) {
      const result = read(await line(prompt))
      if (!(result instanceof Refused)) return result
      print(result.reason)
    }
  }

  return {
    title: print,
    say: (text) => print(`\n${text}`),
    done: (text) => print(`done: ${text}`),
    failed: (text) => print(`not done: ${text}`),
    item: (text) => print(`- ${text}`),
    warn: (text) => print(`warning: ${text}`),
    ask: (question, check) => until(`${question}:`, (answer) => checked(answer, check)),
    async secret(question, check) {
      for (;;) {
        const prompt = `${toAscii(question)} (not shown):`
        const answer = isTerminal ? await readSecret(plainIo, `${prompt} `) : await line(prompt)
        if (answer === null) throw new Interrupted('Ctrl-C')
        const refused = check(answer)
        if (refused === null) return answer
        print(refused)
      }
    },
    choose(question, choices, initial) {
      printChoices(print, question, choices)
      const first = choices.findIndex(({ value }) => value === initial) + 1
      return until(`Number [${first}]:`, (answer) => readOne(answer === '' ? String(first) : answer, choices))
    },
    chooseMany(question, choices, initial) {
      printChoices(print, question, choices)
      const preset = choices.flatMap(({ value }, index) => (initial.includes(value) ? [index + 1] : []))
      const shown = preset.length === 0 ? 'none' : preset.length === choices.length ? 'all' : preset.join(' ')
      return until(`Numbers, "all" or "none" [${shown}]:`, (answer) => readMany(answer || shown, choices))
    },
    confirm(question, initial) {
      const preset = initial ? 'yes' : 'no'
      print('')
      return until(`${question} (yes or no) [${preset}]:`, (answer) => readYesOrNo(answer || preset))
    },
    end(text) {
      print(text)
      lines.close()
    },
  }
}

/** Not an answer; the reason is printed. */
class Refused {
  readonly reason: string
  constructor(reason: string) {
    this.reason = `please answer with ${reason}`
  }
}

function checked(answer: string, check: Check): string | Refused {
  const problem = check(answer)
  return problem === null ? answer : new Refused(problem)
}

function printChoices(print: (text: string) => void, question: string, choices: readonly Choice<unknown>[]): void {
  print('')
  print(question)
  for (const [index, { label }] of choices.entries()) print(`  ${index + 1}. ${label}`)
}

function readOne<T>(answer: string, choices: readonly Choice<T>[]): T | Refused {
  const [value, more] = chosen(answer, choices) ?? []
  return value === undefined || more !== undefined ? new Refused(`one number from 1 to ${choices.length}`) : value
}

function readMany<T>(answer: string, choices: readonly Choice<T>[]): readonly T[] | Refused {
  if (answer === 'none') return []
  if (answer === 'all') return choices.map(({ value }) => value)
  return chosen(answer, choices) ?? new Refused(`numbers from 1 to ${choices.length}, with spaces between them`)
}

function readYesOrNo(answer: string): boolean | Refused {
  if (/^y(es)?$/i.test(answer)) return true
  return /^no?$/i.test(answer) ? false : new Refused('yes or no')
}

/** Null when one of the numbers is none of a choice. */
function chosen<T>(answer: string, choices: readonly Choice<T>[]): readonly T[] | null {
  const numbers = answer.split(/[\s,]+/).filter((word) => word !== '')
  if (numbers.length === 0 || !numbers.every((word) => isNumberOf(word, choices.length))) return null
  const positions = new Set(numbers.map((word) => Number(word) - 1))
  return choices.filter((_choice, index) => positions.has(index)).map(({ value }) => value)
}

function isNumberOf(word: string, count: number): boolean {
  return /^\d{1,4}$/.test(word) && Number(word) >= 1 && Number(word) <= count
}

const spellings: readonly (readonly [RegExp, string])[] = [
  [/…/g, '...'],
  [/[–—]/g, '-'],
  [/[“”]/g, '"'],
  [/[‘’]/g, "'"],
  [/→/g, '->'],
  [/·/g, '-'],
  [/[^\n\x20-\x7e]/g, '?'],
]

function toAscii(text: string): string {
  return spellings.reduce((result, [pattern, plain]) => result.replace(pattern, plain), text)
}
