// What the doctor found, as a page for people: what is wrong first, what is in order in one line.
import type { Result } from '../../protocol/contract.ts'
import type { Paint } from './paint.ts'
import { printableLine } from './printable.ts'
import { wrapNote } from './wrap-note.ts'

type Diagnosis = Result<'doctor.run'>[number]
type Kind = Diagnosis['severity'] | 'fixed' | 'skipped'

export interface DiagnosesView {
  /** Columns of the terminal, null for none. */
  readonly width: number | null
  readonly paint: Paint
  /** Lists what is in order, too. */
  readonly verbose: boolean
}

/** Each group has its word, so that nothing is said by a colour alone. */
const paints = {
  error: 'red',
  warning: 'yellow',
  fixed: 'green',
  ok: 'green',
  skipped: 'dim',
} as const satisfies Record<Kind, keyof Paint>

/** Lines without a newline at the end. */
export function renderDiagnoses(diagnoses: readonly Diagnosis[], view: DiagnosesView): string {
  const of = (kind: Kind): readonly Diagnosis[] => diagnoses.filter((each) => kindOf(each) === kind)
  const told: readonly Kind[] = view.verbose
    ? ['error', 'warning', 'fixed', 'ok', 'skipped']
    : ['error', 'warning', 'fixed']
  const lines = told.flatMap((kind) => of(kind).flatMap((diagnosis) => linesOf(kind, diagnosis, view)))
  return [...lines, ...(lines.length > 0 ? [''] : []), ...summary(of, view)].join('\n')
}

/** True when something is wrong and still is. */
export function isUnwell(diagnoses: readonly Diagnosis[]): boolean {
  return diagnoses.some((diagnosis) => kindOf(diagnosis) === 'error')
}

function kindOf({ severity, fixed, skipped }: Diagnosis): Kind {
  if (skipped) return 'skipped'
  return fixed ? 'fixed' : severity
}

function linesOf(kind: Kind, { code, message, hint }: Diagnosis, { width, paint }: DiagnosesView): string[] {
  const [first = '', ...rest] = wrapNote(`${kind} ${code}: ${printableLine(message)}`, width).split('\n')
  const hintLines = hint === undefined || kind === 'fixed' ? [] : [wrapNote(`  hint: ${printableLine(hint)}`, width)]
  return [first.replace(kind, paint[paints[kind]]), ...rest, ...hintLines]
}

/** `1 error, 2 warnings, 1 fixed; 25 checks found nothing (--verbose lists them)`, wrapped. */
function summary(of: (kind: Kind) => readonly Diagnosis[], { width, paint, verbose }: DiagnosesView): string[] {
  const bad = (['error', 'warning', 'fixed'] as const).flatMap((kind) => counted(of(kind).length, kind))
  const [well, skipped] = [new Set(of('ok').map(({ code }) => code)).size, of('skipped').length]
  const rest = [
    `${well} ${well === 1 ? 'check' : 'checks'} found nothing${bad.length > 0 ? '' : ' wrong'}`,
    ...(skipped > 0 ? [`${skipped} could not be made`] : []),
  ].join(', ')
  const verdict = bad.length > 0 ? bad.join(', ') : 'all is well'
  const worst = (['error', 'warning', 'ok'] as const).find((kind) => of(kind).length > 0) ?? 'ok'
  // Painted when it is wrapped: a colour has no width.
  const [first = '', ...more] = wrapNote(`${verdict}; ${rest}${verbose ? '' : ' (--verbose lists them)'}`, width).split(
    '\n',
  )
  const [, painted = '', plain = ''] = /^([^;]*)(.*)$/.exec(first) ?? []
  return [paint[paints[worst]](painted) + plain, ...more]
}

function counted(count: number, kind: 'error' | 'warning' | 'fixed'): string[] {
  if (count === 0) return []
  return [`${count} ${kind}${count === 1 || kind === 'fixed' ? '' : 's'}`]
}
