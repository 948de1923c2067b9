// A host on which `claude` is the stand-in, and the sign-ins of a gateway there.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseProfileId, parseProviderId } from '../../src/domain/ids.ts'
import type { LoginProgress, LoginState, SignInRequest } from '../../src/domain/login.ts'
import { type Host, realHost, type Timer } from '../../src/host.ts'
import type { LoginLimits } from '../../src/login/login-state.ts'
import { openSetupToken } from '../../src/login/setup-token.ts'
import { openSignIns, type OpenedSignIns } from '../../src/login/sign-ins.ts'
import type { CredentialStore, NewCredential } from '../../src/vault/credential-store.ts'
import { Secret } from '../../src/vault/secret.ts'
import { until } from '../support/until.ts'

const standIn = fileURLToPath(new URL('programs/claude-stand-in.mjs', import.meta.url))

export const request: SignInRequest = {
  provider: parseProviderId('anthropic'),
  method: 'setup-token',
  profileId: parseProfileId('anthropic:default'),
  agent: null,
  browser: false,
  actor: { kind: 'rpc', uid: 0 },
}

export interface Stored extends NewCredential {
  readonly clearText: string
}

export interface StandIn {
  readonly signIns: OpenedSignIns
  readonly stored: readonly Stored[]
  /** Everything that was logged, as text. */
  readonly logged: readonly string[]
  /** What the stand-in noted under a name. */
  noted(name: string): string
  hasNoted(name: string): boolean
  start(more?: Partial<SignInRequest>): Promise<LoginProgress>
  submit(loginId: string, code: string): LoginProgress
  /** Resolves when the sign-in is there; rejects when it ended elsewhere. */
  reaches(loginId: string, state: LoginState): Promise<LoginProgress>
  /** Lets every time limit that is running pass. */
  letTimePass(): void
  /** Ids of the stand-in's processes that still run. */
  processes(): readonly number[]
  /** What is left in the temporary folder. */
  leftovers(): readonly string[]
  close(): Promise<void>
}

export interface StandInOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly limits?: LoginLimits
  readonly add?: CredentialStore['add']
  /** Starts with no `claude` at all. */
  readonly missing?: boolean
}

/** Longer ones are time limits, which pass when the test says so. */
const shortMs = 10_000

export function openStandIn(behaviour: string, options: StandInOptions = {}): StandIn {
  const folder = mkdtempSync(join(tmpdir(), 'traseai-stand-in-'))
  const [bin, temporary] = ['bin', 'tmp'].map((name) => join(folder, name)) as [string, string]
  for (const path of [bin, temporary]) mkdirSync(path)
  if (!options.missing) installStandIn(bin, behaviour, folder)
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder, TMPDIR: temporary, ...options.env }
  const limits = new Set<() => void>()
  const logged: string[] = []
  const host = hostWith(env, limits, (line) => logged.push(line))
  const stored: Stored[] = []
  const add: CredentialStore['add'] = async (credential, secret) => {
    stored.push({ ...credential, clearText: secret.reveal() })
    return { profileId: credential.profileId, rotated: false, next: credential.profileId, notes: [] }
  }
  const signIns = openSignIns({
    host,
    store: { add: options.add ?? add },
    methods: { 'setup-token': openSetupToken(host) },
    ...(options.limits ? { limits: options.limits } : {}),
  })
  return {
    signIns,
    stored,
    logged,
    noted: (name) => readFileSync(join(folder, name), 'utf8'),
    hasNoted: (name) => existsSync(join(folder, name)),
    start: (more) => signIns.start({ ...request, ...more }),
    submit: (loginId, code) => signIns.submit(loginId, new Secret(code)),
    async reaches(loginId, state) {
      const now = (): LoginProgress => signIns.get(loginId)
      await until(
        () => now().state === state || isEnd(now().state),
        () => `${state}: ${JSON.stringify(now())}`,
      )
      if (now().state !== state) throw new Error(`it ended before it was ${state}: ${JSON.stringify(now())}`)
      return now()
    },
    letTimePass: () => [...limits].forEach((pass) => pass()),
    processes: () => processesOf(folder),
    leftovers: () => readdirSync(temporary),
    async close() {
      await signIns.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes `claude` in the folder `bin` behave like that; its notes, and its name on the command line, go to `folder`. */
export function installStandIn(bin: string, behaviour: string, folder: string): void {
  const program = join(bin, 'claude')
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "${behaviour}" "${folder}"\n`)
  chmodSync(program, 0o755)
}

const isEnd = (state: LoginState): boolean => ['done', 'failed', 'cancelled'].includes(state)

function hostWith(
  env: Readonly<Record<string, string>>,
  limits: Set<() => void>,
  onLine: (line: string) => void,
): Host {
  const real = realHost({ env })
  const write = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    onLine(`${message} ${JSON.stringify(fields)}`)
  return {
    ...real,
    log: { debug: write, info: write, warn: write, error: write },
    setTimer(delayMs: number, callback: () => void): Timer {
      if (delayMs < shortMs) return real.setTimer(delayMs, callback)
      const pass = (): void => {
        limits.delete(pass)
        callback()
      }
      limits.add(pass)
      return { cancel: () => void limits.delete(pass) }
    },
  }
}

/** Processes with the folder on their command line; proc(5). */
export function processesOf(folder: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => commandLine(pid).includes(folder)).map(Number)
}

function commandLine(pid: string): string {
  const file = `/proc/${pid}/cmdline`
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  } catch {
    return '' // it has just ended
  }
}
