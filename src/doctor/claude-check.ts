// Whether Claude Code is there for `models auth setup-token`, and which version.
import { findProgram } from '../find-program.ts'
import type { Host } from '../host.ts'
import { pickVariables, runProgram } from '../run-program.ts'
import type { Finding, HostDeps } from './check.ts'

/** Less than a check may take, so that a program that hangs is a finding of its own. */
const timeoutMs = 4_000
const outputBytesMax = 4_096
/** What any program needs to run; nothing else is handed on, so that no key is. */
const inherited = /^(HOME|USER|LOGNAME|PATH|LANG|LC_[A-Z]+|TMPDIR|TZ)$/

export async function checkClaude({ host }: HostDeps): Promise<readonly Finding[]> {
  const path = await findProgram(host, 'claude')
  if (path === null) {
    const message = 'claude (Claude Code) is not installed; only a sign-in with a Claude subscription needs it'
    return [{ severity: 'ok', message, hint: 'npm install -g @anthropic-ai/claude-code' }]
  }
  const version = await versionOf(host, path)
  if (version !== '') return [{ severity: 'ok', message: `claude is ${path}, version ${version}` }]
  const message = `${path} does not say its version: a sign-in with a Claude subscription may not work`
  return [{ severity: 'warning', message, hint: `see what it says: ${path} --version` }]
}

/** The beginning of the first line of what it prints; empty when it fails. */
async function versionOf(host: Host, program: string): Promise<string> {
  const env = pickVariables(host.env, inherited)
  const ran = await runProgram(host, { program, args: ['--version'], env, timeoutMs, outputBytesMax })
  if (ran.end !== 'exit' || ran.status !== 0) return ''
  return ran.output.toString('utf8').trim().split('\n', 1).join('').slice(0, 80)
}
