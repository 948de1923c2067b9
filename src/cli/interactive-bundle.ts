// What the bundle of the dialogues offers to commands, and the way to it: what it holds would cost every other command start-up time.
import type { Context } from './context.ts'

/** What src/cli/interactive/main.ts exports. */
export interface InteractiveBundle {
  readonly interactive: Interactive
}

/** One property for each thing the bundle can do. */
export interface Interactive {
  /** Finds keys on this machine and gives the gateway those that the user wants; resolves to the exit status. */
  onboard(context: Context, options: OnboardOptions): Promise<number>
}

/** A key that the command line names. */
export interface GivenKey {
  readonly provider: string
  readonly kind: 'api_key' | 'token'
  /** The path of a file; null for standard input. */
  readonly file: string | null
}

export interface OnboardOptions {
  readonly interactive: boolean
  /** Plain lines instead of what is drawn on a terminal. */
  readonly plain: boolean
  readonly agent: string | undefined
  /** The following are for a run without questions. */
  readonly keys: readonly GivenKey[]
  /** Tools whose keys are taken; `all` for every one. */
  readonly imports: readonly string[]
  /** `vault` or `env`. */
  readonly store: string
  readonly replace: boolean
  readonly defaultModel: string | undefined
}

/** Loads the bundle; the first call takes some milliseconds. */
export async function loadInteractive(context: Pick<Context, 'loadInteractive'>): Promise<Interactive> {
  const bundle = (await context.loadInteractive()) as InteractiveBundle // built from the same sources
  return bundle.interactive
}
