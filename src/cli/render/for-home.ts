// Makes the commands that a hint names be about the home that --home named: typed as they are they would be about another one.

/** A command up to what ends it in a sentence, without a home of its own. */
const command = /(?<![\w./-])traseai (?=[a-z])(?![^\n;|()]*--home)/g
const plainPath = /^[\w@%+=:,./-]+$/

/** @param home absolute; undefined when none was named on the command line: then the shell that runs the next command finds the same one */
export function forHome(text: string, home: string | undefined): string {
  if (home === undefined) return text
  const word = plainPath.test(home) ? home : `'${home.replaceAll("'", `'\\''`)}'`
  const named = ['traseai', '--home', word, ''].join(' ')
  return text.replace(command, () => named) // a function: a home may have `$&` in its name
}
