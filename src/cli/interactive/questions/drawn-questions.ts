// Questions drawn on a terminal: choices to move through with the arrow keys, answers in place.
import { Writable, type Readable } from 'node:stream'
import {
  S_BAR,
  S_STEP_ACTIVE,
  confirm,
  intro,
  isCancel,
  log,
  multiselect,
  outro,
  select,
  text,
  unicodeOr,
} from '@clack/prompts'
import type { Io } from '../../io.ts'
import { readSecret } from '../../read-secret.ts'
import { openPaint } from '../../render/paint.ts'
import { printable } from '../../render/printable.ts'
import { terminalWidth, type Output } from '../../streams.ts'
import { wrap } from '../../render/table.ts'
import { Interrupted, type Check, type Choice, type Questions } from './questions.ts'

/** Columns of the line that everything is drawn along, with the blanks behind it. */
const guideColumns = 3

export interface DrawnOptions {
  readonly color: boolean
  /** Aborts the question that waits: a signal from elsewhere, since a terminal in raw mode sends none for Ctrl-C. */
  readonly interrupted: AbortSignal
}

export function openDrawnQuestions(io: Io, { color, interrupted }: DrawnOptions): Questions {
  const { stdin, stderr } = io
  // The streams of a process are of these classes, whatever else may stand in for them.
  const output = color ? (stderr as Writable) : withoutColors(stderr)
  const streams = { input: stdin as Readable, output, signal: interrupted }
  const fit = (paragraph: string): string => {
    const width = (terminalWidth(stderr) ?? 80) - guideColumns
    return printable(paragraph)
      .split('\n')
      .flatMap((line) => wrapIndented(line, width))
      .join('\n')
  }
  const spacing = { output, spacing: 0 }
  const paint = openPaint(color)
  const symbols = {
    done: paint.green(unicodeOr('✓', '+')),
    failed: paint.red(unicodeOr('✗', 'x')),
    item: unicodeOr('•', '-'),
  }
  const validate =
    (check: Check) =>
    (answer: string | undefined): string | undefined =>
      check(answer ?? '') ?? undefined

  return {
    title: (line) => intro(fit(line), { output }),
    say: (paragraph) => log.message(fit(paragraph), { output }),
    done: (line) => log.message(fit(line), { ...spacing, symbol: symbols.done }),
    failed: (line) => log.message(fit(line), { ...spacing, symbol: symbols.failed }),
    item: (line) => log.message(fit(line), { ...spacing, symbol: symbols.item }),
    warn: (line) => log.warn(fit(line), spacing),
    ask: async (question, check) =>
      answered(await text({ ...streams, message: fit(question), validate: validate(check) })),
    async secret(question, check) {
      for (;;) {
        // Not the library's: it ends at the first line of a pasted key that was wrapped, and shows how long a key is.
        const answer = await readSecret(io, `${S_BAR}\n${S_STEP_ACTIVE}  ${question} (not shown): `)
        if (answer === null) throw new Interrupted('Ctrl-C')
        const refused = check(answer)
        if (refused === null) return answer
        log.warn(fit(refused), spacing)
      }
    },
    async choose(question, choices, initial) {
      const options = optionsOf(choices)
      const initialValue = Math.max(
        0,
        choices.findIndex(({ value }) => value === initial),
      )
      const index = answered(await select({ ...streams, message: fit(question), options, initialValue }))
      return choiceAt(choices, index)
    },
    async chooseMany(question, choices, initial) {
      const options = optionsOf(choices)
      const initialValues = choices.flatMap(({ value }, index) => (initial.includes(value) ? [index] : []))
      const prompt = { ...streams, message: fit(question), options, initialValues, required: false }
      return answered(await multiselect(prompt)).map((index) => choiceAt(choices, index))
    },
    confirm: async (question, initial) =>
      answered(await confirm({ ...streams, message: fit(question), initialValue: initial })),
    end: (line) => outro(fit(line), { output }),
  }
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Interrupted('Ctrl-C')
  return answer as Exclude<T, symbol> // isCancel knows the only symbol there is
}

/** By number: what is chosen need not be a text. */
function optionsOf(choices: readonly Choice<unknown>[]): { value: number; label: string }[] {
  return choices.map(({ label }, value) => ({ value, label: printable(label) }))
}

function choiceAt<T>(choices: readonly Choice<T>[], index: number): T {
  const choice = choices[index]
  if (!choice) throw new Error(`no choice has the number ${index}`)
  return choice.value
}

/** What belongs to an item of a list is indented behind its mark. */
function wrapIndented(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? ''
  const mark = /^(?:- |\d+\. )?/.exec(line.slice(indent.length))?.[0] ?? ''
  const pieces = wrap(line.slice(indent.length + mark.length), width - indent.length - mark.length)
  return pieces.map((piece, index) => indent + (index === 0 ? mark : ' '.repeat(mark.length)) + piece)
}

/** The same terminal for a library that colours whatever is said of colours. */
function withoutColors(terminal: Output): Writable {
  const plain = new Writable({
    write(chunk: Buffer, _encoding, done) {
      terminal.write(chunk.toString('utf8').replace(/\x1b\[[\d;]*m/g, ''))
      done()
    },
  })
  return Object.defineProperties(plain, {
    isTTY: { value: true },
    columns: { get: () => terminal.columns },
    rows: { get: () => (terminal as { rows?: number }).rows },
  })
}
