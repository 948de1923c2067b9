// Where the program `claude` is, or how to get it.
import { TraseError } from '../errors.ts'
import { findProgram } from '../find-program.ts'
import type { Host } from '../host.ts'

/** The absolute path of `claude`. @throws TraseError `program_missing` with how to install it */
export async function findClaude(host: Pick<Host, 'env' | 'execPath'>): Promise<string> {
  const path = await findProgram(host, 'claude')
  if (path !== null) return path
  throw new TraseError(
    'program_missing',
    'the program claude (Claude Code) is not installed on the host of the gateway',
    {
      hint: 'install it there: npm install -g @anthropic-ai/claude-code; or run claude setup-token on any other machine, and store its token here: traseai models auth setup-token --provider anthropic --paste',
    },
  )
}
