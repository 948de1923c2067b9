// Runs a program for what it prints, within a time limit and without handing it a key.
import type { Environment, Host } from '../host.ts'

const outputCharsMax = 4_096
const runMsMax = 4_000
/** What any program needs to run; nothing else is handed on, so that no key is. */
const inherited = /^(HOME|USER|LOGNAME|PATH|LANG|LC_[A-Z]+|TMPDIR|TZ)$/

/** Its standard output; null when it cannot be run, fails, or takes too long, and is then ended with all that it has started. */
export function runBriefly(host: Host, path: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = host.spawn(path, args, {
      cwd: '/',
      env: inheritedOf(host.env),
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true, // one group to end
    })
    let output = ''
    let finished = false
    const finish = (answer: string | null): void => {
      if (finished) return // its id may belong to another process by now
      finished = true
      timer.cancel()
      if (child.pid !== undefined) host.killGroup(child.pid)
      child.stdout?.destroy()
      resolve(answer)
    }
    const timer = host.setTimer(runMsMax, () => finish(null))
    child.once('error', () => finish(null))
    child.stdout?.on('data', (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(0, outputCharsMax)))
    child.once('close', (status) => finish(status === 0 ? output : null))
  })
}

function inheritedOf(env: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => inherited.test(name)))
}
