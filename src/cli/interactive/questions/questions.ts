// How dialogues ask people: one interface, drawn on a terminal or printed as plain lines.

export interface Choice<T> {
  readonly value: T
  /** What tells it from the others. */
  readonly label: string
}

/** What is wrong with an answer, or null: a sentence that may not hold the answer. */
export type Check = (answer: string) => string | null

/** Every question rejects with `Interrupted` on Ctrl-C or at the end of the input. */
export interface Questions {
  title(text: string): void
  /** A remark, of one or more lines. */
  say(text: string): void
  /** A step that was done. */
  done(text: string): void
  /** A step that was not done. */
  failed(text: string): void
  /** One of several findings. */
  item(text: string): void
  /** A finding that a person should do something about. */
  warn(text: string): void
  ask(question: string, check: Check): Promise<string>
  /** Like `ask`, without showing what is typed. */
  secret(question: string, check: Check): Promise<string>
  choose<T>(question: string, choices: readonly Choice<T>[], initial: T): Promise<T>
  chooseMany<T>(question: string, choices: readonly Choice<T>[], initial: readonly T[]): Promise<readonly T[]>
  confirm(question: string, initial: boolean): Promise<boolean>
  end(text: string): void
}

/** The person does not want to go on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}
