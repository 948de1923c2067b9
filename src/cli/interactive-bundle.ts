// What the bundle of the dialogues offers to commands, and the way to it: what it holds would cost every other command start-up time.
import type { Context } from './context.ts'

/** What src/cli/interactive/main.ts exports. */
export interface InteractiveBundle {
  readonly interactive: Interactive
}

/** One property for each thing the bundle can do. */
export type Interactive = Readonly<Record<string, never>>

/** Loads the bundle; the first call takes some milliseconds. */
export async function loadInteractive(context: Pick<Context, 'loadInteractive'>): Promise<Interactive> {
  const bundle = (await context.loadInteractive()) as InteractiveBundle // built from the same sources
  return bundle.interactive
}
