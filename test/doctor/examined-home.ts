// A real home directory, and what the checks that need no gateway say of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { LiveDeps } from '../../src/doctor/check.ts'
import type { checks } from '../../src/doctor/checks.ts'
import { runChecks, type Diagnosis } from '../../src/doctor/run-checks.ts'
import { readSettings } from '../../src/doctor/settings.ts'
import { realHost, type Host } from '../../src/host.ts'
import { projectRoot } from '../support/gateway-process.ts'

export type Code = keyof typeof checks

export interface Examination {
  readonly fix?: boolean
  /** Added to an environment that has nothing but PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>
  /** In place of parts of the real world. */
  readonly host?: Partial<Host>
  readonly packageRoot?: string
  readonly runsIn?: 'gateway' | 'shell'
  readonly live?: LiveDeps
}

export interface ExaminedHome {
  readonly home: string
  path(name: string): string
  /** Mode 0600 unless said otherwise. */
  write(name: string, text: string, mode?: number): void
  examine(how?: Examination): Promise<readonly Diagnosis[]>
  /** What one check says. */
  ask(code: Code, how?: Examination): Promise<readonly Diagnosis[]>
}

/** An empty home of mode 0700, in a directory of its own that stands for the user's; gone after the test. */
export function examinedHome(): ExaminedHome {
  const home = mkdtempSync(join(tmpdir(), 'traseai-doctor-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const path = (name: string): string => join(home, name)

  async function examine({
    fix = false,
    env,
    host: parts,
    packageRoot = projectRoot,
    runsIn = 'shell',
    live,
  }: Examination = {}): Promise<readonly Diagnosis[]> {
    const real = realHost({ env: { PATH: '/nonexistent', HOME: '/nonexistent', ...env, TRASEAI_HOME: home } })
    const host = { ...real, ...parts }
    const settings = await readSettings(host)
    return runChecks({ host, packageRoot, runsIn, settings }, { fix, live: live ?? { skipped: 'this is a test' } })
  }

  return {
    home,
    path,
    write: (name, text, mode = 0o600) => writeFileSync(path(name), text, { mode }),
    examine,
    ask: async (code, how) => (await examine(how)).filter((diagnosis) => diagnosis.code === code),
  }
}

/** A diagnosis of a check that found nothing. */
export const well = (code: Code): unknown => [expect.objectContaining({ code, severity: 'ok' })]
