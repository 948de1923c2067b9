// What is wrong with the lines of .env, and with the keys in it.
import { isKeyVariable } from '../domain/env-keys.ts'
import { settingsProblemText } from '../domain/problem.ts'
import { TraseError } from '../errors.ts'
import {
  reviewEnvText,
  type EnvReviewFinding,
  type EnvReviewKind,
  keyValueProblem,
} from '../sources/env-file-review.ts'
import { envFileBytesMax } from '../sources/env-file.ts'
import { tidyEnvText, type TidyOptions } from '../sources/env-file-tidy.ts'
import { sameState } from '../sources/settled-file.ts'
import { settingsFileReader } from '../sources/settings-file.ts'
import { writePrivateFile } from '../sources/write-private-file.ts'
import type { Finding, HostDeps } from './check.ts'

/** Whether the file can be used, and each of its lines does something. */
export async function checkEnvFile(deps: HostDeps): Promise<readonly Finding[]> {
  const { envProblem } = deps.settings
  if (envProblem === null) return ofKinds(deps, ['not_assigned', 'unclosed_quote'])
  const message = settingsProblemText(envProblem)
  return [{ severity: 'error', message, ...(envProblem.hint === null ? {} : { hint: envProblem.hint }) }]
}

export async function checkEnvCut(deps: HostDeps): Promise<readonly Finding[]> {
  return ofKinds(deps, ['cut_short'])
}

export async function checkEnvNames(deps: HostDeps): Promise<readonly Finding[]> {
  return ofKinds(deps, ['name'])
}

/** Only lines with the same value can go: which of two values is the right one, a person must say. */
export async function checkEnvDuplicates(deps: HostDeps): Promise<readonly Finding[]> {
  const tidy: TidyOptions = { duplicates: true, blanksOf: () => false }
  const { settings } = deps
  const left = new Set(review(tidyEnvText(settings.envText, tidy), deps, 'set_again').map(({ key }) => key))
  return review(settings.envText, deps, 'set_again').map((finding) =>
    left.has(finding.key) ? told(deps, finding) : { ...mended(deps, finding, tidy, 'the earlier line is removed') },
  )
}

export async function checkEnvBlanks(deps: HostDeps): Promise<readonly Finding[]> {
  const blanksOf = (name: string): boolean => isKeyVariable(name, deps.settings.providers)
  const tidy: TidyOptions = { duplicates: false, blanksOf }
  return review(deps.settings.envText, deps, 'blanks').map((finding) => mended(deps, finding, tidy, 'they are removed'))
}

/** Of .env, and of the environment that this program has. */
export async function checkKeyShapes(deps: HostDeps): Promise<readonly Finding[]> {
  const { host, runsIn, settings } = deps
  const inEnvironment = Object.entries(host.env).flatMap(([name, value = '']): Finding[] => {
    const problem = keyValueProblem(name, value, settings.providers)
    const place = runsIn === 'gateway' ? "the gateway's environment" : 'the environment'
    const hint = 'mend it where it is set, then: traseai gateway restart'
    return problem ? [{ severity: problem.severity, hint, message: `${name} of ${place}: ${problem.message}` }] : []
  })
  return [...ofKinds(deps, ['shape']), ...inEnvironment]
}

function review(text: string, { settings }: HostDeps, ...kinds: readonly EnvReviewKind[]): readonly EnvReviewFinding[] {
  return reviewEnvText(text, settings.providers).filter(({ kind }) => kinds.includes(kind))
}

function ofKinds(deps: HostDeps, kinds: readonly EnvReviewKind[]): readonly Finding[] {
  return review(deps.settings.envText, deps, ...kinds).map((finding) => told(deps, finding))
}

function told({ host }: HostDeps, finding: EnvReviewFinding): Finding {
  const { severity, hint } = finding
  return { severity, hint, message: settingsProblemText({ ...finding, file: host.paths.envFile }) }
}

function mended(deps: HostDeps, finding: EnvReviewFinding, tidy: TidyOptions, done: string): Finding {
  const { severity, message } = told(deps, finding)
  return {
    severity,
    message,
    fix: async () => {
      await rewrite(deps, tidy)
      return done
    },
  }
}

/**
 * The fix of one finding may have mended the others; what somebody else saves between the two looks stays as it is.
 * @throws TraseError `env_file_invalid`, `conflict`, `cannot_create`, `disk_full`
 */
async function rewrite({ host }: HostDeps, tidy: TidyOptions): Promise<void> {
  const path = host.paths.envFile
  const read = settingsFileReader(host, path, envFileBytesMax)
  const before = await read()
  if (before.kind !== 'file') throw new TraseError('env_file_invalid', `${path} cannot be read any more`)
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(before.bytes) // a byte order mark stays
  const tidied = tidyEnvText(text, tidy)
  if (tidied === text) return
  await writePrivateFile(host, path, tidied, async () => sameState(await read(), before))
}
