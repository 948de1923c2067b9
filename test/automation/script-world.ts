// Runs the scripts of docs/automation under the shells of this machine, with stand-ins for every program that they would start.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outcome } from '../cli/run-cli.ts'
import { projectRoot } from '../support/gateway-process.ts'

export const scriptPath = (name: string): string => join(projectRoot, 'docs/automation', name)

/** Shells that people have: Debian's, macOS's and Linux's bash, Alpine's, Android's. */
const known: Readonly<Record<string, readonly string[]>> = {
  dash: ['dash'],
  bash: ['bash', '--posix'],
  'busybox ash': ['busybox', 'sh'],
  mksh: ['mksh'],
}

/** Those that are here. `/bin/sh` is on every machine. */
export const shells: readonly (readonly [string, readonly string[]])[] = [
  ['sh', ['sh']] as const,
  ...Object.entries(known).filter(
    ([, [program = '']]) => spawnSync(program, ['-c', ':'], { stdio: 'ignore' }).error === undefined,
  ),
]

export const missingShells = Object.keys(known).filter((name) => !shells.some(([here]) => here === name))

export interface ScriptWorld {
  readonly folder: string
  /** Lays a file into the folder, where stand-ins and tests look for it. */
  put(name: string, text: string): void
  /** What is in a file of the folder; empty when there is none. */
  read(name: string): string
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>
  end(): void
}

/** @param programs text of each stand-in, a script of /bin/sh that finds the folder in $WORLD */
export function openScriptWorld(programs: Readonly<Record<string, string>>): ScriptWorld {
  const folder = mkdtempSync(join(tmpdir(), 'script-'))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nWORLD='${folder}'\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return {
    folder,
    put: (name, text) => writeFileSync(join(folder, name), text),
    read: (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : ''),
    run([program = '', ...args], env = {}) {
      const child = spawn(program, args, {
        cwd: folder,
        env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      child.stdin.end()
      let stdout = ''
      let stderr = ''
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      return new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }))
      })
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** `traseai` as it answers a check: its report in `report`, its standard error in `errors`, its exit status in `status`. */
export const standInTraseai = `
echo "$*" >>"$WORLD/traseai.calls"
case "$*" in *'gateway status'*) exit "$(cat "$WORLD/gateway" 2>/dev/null || echo 0)" ;; esac
cat "$WORLD/report" 2>/dev/null
cat "$WORLD/errors" >&2 2>/dev/null
exit "$(cat "$WORLD/status")"`

/** A report with these problems, in the form of \`traseai --json\`. */
export function reportOf(exitCode: number, problems: readonly Readonly<Record<string, string>>[]): string {
  const gateway = { version: '0.1.0', pid: 1, http: 'http://127.0.0.1:7717' }
  const providers = [{ provider: 'anthropic', candidates: [{ profileId: 'anthropic:x', message: 'not a problem' }] }]
  return `${JSON.stringify({ version: 1, agent: 'main', gateway, check: { exitCode, problems }, providers }, null, 2)}\n`
}

export const expiring = {
  code: 'expiring',
  provider: 'anthropic',
  profileId: 'anthropic:work',
  message: 'anthropic:work expires at 2026-11-30T12:00:00.000Z',
  hint: 'traseai models auth setup-token --provider anthropic --profile-id anthropic:work',
}
