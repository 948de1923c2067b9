// Names with their values, one a line: what a command says about a single thing.
import { wrap } from './table.ts'

export interface FactsOptions {
  /** Columns of the terminal; null: as wide as it gets. */
  readonly width: number | null
  readonly styleName: (text: string) => string
}

export interface Fact {
  readonly name: string
  /** Printable. It is wrapped at spaces only: a path or an id stays in one piece, for people to copy. */
  readonly value: string
  /** Must not change the width of its text. */
  readonly style?: (text: string) => string
}

/** Lines without a newline at the end. */
export function renderFacts(facts: readonly Fact[], { width, styleName }: FactsOptions): string {
  const nameWidth = Math.max(...facts.map(({ name }) => name.length))
  const indent = nameWidth + 2
  const lines = facts.flatMap(({ name, value, style = (text) => text }) => {
    const pieces = wrap(value, (width ?? Number.MAX_SAFE_INTEGER) - indent, { wholeWords: true })
    return pieces.map((piece, index) =>
      index === 0 ? `${styleName(name.padEnd(nameWidth))}  ${style(piece)}` : ' '.repeat(indent) + style(piece),
    )
  })
  return lines.join('\n')
}
