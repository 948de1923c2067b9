// Whether Claude Code is there for `models auth setup-token`, and which version.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { Environment } from '../host.ts'
import type { Finding, HostDeps } from './check.ts'
import { runBriefly } from './run-briefly.ts'

export async function checkClaude({ host }: HostDeps): Promise<readonly Finding[]> {
  const path = await onPath('claude', host.env)
  if (path === null) {
    const message = 'claude (Claude Code) is not on PATH; only a sign-in with a Claude subscription needs it'
    return [{ severity: 'ok', message, hint: 'npm install -g @anthropic-ai/claude-code' }]
  }
  const [version = ''] = (await runBriefly(host, path, ['--version']))?.trim().split('\n') ?? []
  if (version !== '') return [{ severity: 'ok', message: `claude is ${path}, version ${version.slice(0, 80)}` }]
  const message = `${path} does not say its version: a sign-in with a Claude subscription may not work`
  return [{ severity: 'warning', message, hint: `see what it says: ${path} --version` }]
}

/** The first executable of that name in an absolute folder of PATH. */
async function onPath(program: string, env: Environment): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(folder, program)
    const mayRun = await access(path, constants.X_OK).then(
      () => true,
      (error: unknown) => {
        if (errnoOf(error) === undefined) throw error
        return false
      },
    )
    if (mayRun) return path
  }
  return null
}
