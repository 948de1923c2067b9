// What to do when nobody is told of anything.
import type { Context } from './context.ts'

/** For stderr: that `notify` names no channel, with an example of one. */
export function noteNoChannel({ host, io }: Context): void {
  io.note(`note: nobody is told of anything: notify in ${host.paths.configuration} names no channel`)
  io.note(
    'hint: write there, for instance: "notify": [{ "kind": "ntfy", "url": "https://ntfy.sh/<a name that nobody guesses>" }]   and then: traseai notify test',
  )
}
