// Looks through a .env text for what a start does not complain about: keys that cannot be right, and lines that only look right.
import { parse } from 'dotenv'
import { shapeProblem } from '../domain/key-shape.ts'
import { ownersByName, splitKeys } from '../domain/key-variables.ts'
import { nearKeyVariable } from '../domain/near-key-variable.ts'
import type { Provider } from '../domain/provider.ts'
import { findAssignments, withUnixLineEnds, type Assignment } from './env-assignments.ts'
import { envLineFindings, type EnvLineKind } from './env-file-findings.ts'
import { blanksAround } from './env-file-tidy.ts'

/** `blanks`: white space at the ends of a value. `shape`: no key of its provider. `name`: like a key's, and read by nobody. */
export type EnvReviewKind = EnvLineKind | 'blanks' | 'shape' | 'name'

/** Names variables, never values. */
export interface EnvReviewFinding {
  readonly kind: EnvReviewKind
  readonly severity: 'warning' | 'error'
  /** Starting at 1. */
  readonly line: number
  readonly key: string | null
  readonly message: string
  readonly hint: string
}

/** All findings, in the order of the lines. @param decoded the text of a file that can be used */
export function reviewEnvText(decoded: string, providers: readonly Provider[]): EnvReviewFinding[] {
  const text = withUnixLineEnds(decoded)
  const assignments = findAssignments(text)
  const values = parse(text)
  const inUse = new Map(assignments.map((assignment) => [assignment.name, assignment])) // the last one of a name counts
  const about = (assignment: Assignment): EnvReviewFinding[] => [
    ...aboutName(assignment, providers),
    ...aboutBlanks(text, assignment, providers),
    ...aboutShape(assignment, values[assignment.name] ?? '', providers),
  ]
  const lines = envLineFindings(text, assignments).map((finding) => ({ ...finding, severity: 'warning' as const }))
  return [...lines, ...[...inUse.values()].flatMap(about)].sort((a, b) => a.line - b.line)
}

/**
 * What is wrong with the value of a variable that holds keys; null when nothing is, or when it is no such variable.
 * The message is to stand behind the variable's name; it holds no part of the value but a documented prefix.
 */
export function keyValueProblem(
  name: string,
  value: string,
  providers: readonly Provider[],
): Pick<EnvReviewFinding, 'severity' | 'message'> | null {
  const owners = ownersByName(providers)(name)
  const members = name.endsWith('_API_KEYS') ? splitKeys(value) : [value.trim()]
  for (const member of members.filter((each) => each !== '')) {
    const problems = owners.map((provider) => shapeProblem(member, provider, providers))
    const [first] = problems
    // Providers that share a prefix share its keys: it is enough that one of them takes it.
    if (!first || problems.includes(null)) continue
    const message = members.length > 1 ? `one of its keys: ${first.message}` : first.message
    return { severity: first.severity, message }
  }
  return null
}

function aboutName({ name: key, line }: Assignment, providers: readonly Provider[]): EnvReviewFinding[] {
  const hint = nearKeyVariable(key, providers)
  if (hint === null) return []
  return [{ kind: 'name', severity: 'warning', line, key, message: 'is read by no provider', hint }]
}

function aboutBlanks(text: string, assignment: Assignment, providers: readonly Provider[]): EnvReviewFinding[] {
  const { name: key, line } = assignment
  if (ownersByName(providers)(key).length === 0 || blanksAround(text, assignment).length === 0) return []
  const message = 'has blanks at the ends of its value, which not every program that reads the file takes off'
  return [{ kind: 'blanks', severity: 'warning', line, key, message, hint: 'traseai doctor --fix' }]
}

function aboutShape(
  { name: key, line }: Assignment,
  value: string,
  providers: readonly Provider[],
): EnvReviewFinding[] {
  const problem = keyValueProblem(key, value, providers)
  return problem === null
    ? []
    : [{ kind: 'shape', line, key, ...problem, hint: `set it again: traseai env set ${key}` }]
}
