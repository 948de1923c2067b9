// The status report as a page for people: one section a provider, its credentials in order, then what is wrong.
import type { Result } from '../../protocol/contract.ts'
import type { Paint } from './paint.ts'
import { kindText, last4Text, paintStatus, sourceText, statusText } from './candidate.ts'
import { paintProbe, probeText } from './probe.ts'
import { printableLine } from './printable.ts'
import { renderTables, wrap, type Cell, type Column } from './table.ts'
import { withRelativeTimes } from './time.ts'
import { wrapNote } from './wrap-note.ts'

type Report = Result<'models.status'>
type Problem = Report['check']['problems'][number]
type ReportProvider = Report['providers'][number]
type Candidate = ReportProvider['candidates'][number]

export interface ReportView {
  /** Epoch milliseconds. */
  readonly now: number
  /** Columns of the terminal, null for none. */
  readonly width: number | null
  readonly paint: Paint
  /** Ends with the verdict of --check. */
  readonly check: boolean
}

/** Whoever probes looks for the outcome: what each key is and where it comes from would leave too little room for it. */
const columns = {
  usual: [
    { title: 'CREDENTIAL' },
    { title: 'KIND' },
    { title: 'FROM' },
    { title: 'KEY' },
    { title: 'STATUS', wraps: true },
  ],
  probed: [{ title: 'CREDENTIAL' }, { title: 'KEY' }, { title: 'PROBE' }, { title: 'STATUS', wraps: true }],
} as const satisfies Record<string, readonly Column[]>

const providerPaint = {
  ok: 'green',
  limited: 'yellow',
  expiring: 'yellow',
  expired: 'red',
  missing: 'red',
} as const satisfies Record<ReportProvider['status'], keyof Paint>

export function renderStatusReport(report: Report, view: ReportView): string {
  // The one finding about no provider in particular: that there is no credential at all. It comes first, and once.
  const nothing = report.check.problems.find(isNothingAtAll)
  const others = report.check.problems.filter((problem) => problem !== nothing)
  const parts = [
    ...(nothing ? [nothingFound(nothing, view)] : []),
    ...renderProviders(report.providers, view),
    ...renderProblems(others, view),
    ...(view.check ? [verdict(report, view.paint)] : []),
  ]
  return parts.join('\n\n')
}

function renderProviders(providers: readonly ReportProvider[], view: ReportView): readonly string[] {
  const { paint, width } = view
  const kind = providers.some(({ candidates }) => candidates.some(({ probe }) => probe)) ? 'probed' : 'usual'
  const rows = providers.map(({ candidates, next }) =>
    candidates.map((candidate) => candidateRow(candidate, kind, next === candidate.profileId, view)),
  )
  const tables = renderTables(columns[kind], rows, { width, styleTitle: paint.dim })
  return providers.map((provider, index) => {
    const table = provider.candidates.length > 0 ? `\n${tables[index] ?? ''}` : ''
    return providerTitle(provider, view) + table
  })
}

/** The address has a line of its own where it would not fit; it is never broken, since people copy it. */
function providerTitle({ provider, status, endpoint }: ReportProvider, { paint, width }: ReportView): string {
  const address = printableLine(endpoint)
  const isOneLine = width === null || `${provider}  ${status}  ${address}`.length <= width
  const title = `${paint.bold(provider)}  ${paint[providerPaint[status]](status)}`
  return `${title}${isOneLine ? '  ' : '\n'}${paint.dim(address)}`
}

function candidateRow(
  candidate: Candidate,
  columnsOf: keyof typeof columns,
  next: boolean,
  { now, paint }: ReportView,
): readonly Cell[] {
  const { profileId, kind, source, last4, status, agent, probe } = candidate
  const own = agent === null || status === 'excluded' ? [] : [`for agent ${agent} only`]
  const shadows = source.shadows.map((place) => shadowText(place, source.name))
  return [
    { text: profileId, style: next ? paint.bold : (text) => text },
    ...(columnsOf === 'usual' ? [kindText(kind), sourceText(source.kind)] : []),
    last4Text(last4),
    ...(columnsOf === 'probed'
      ? [{ text: probeText(probe), style: probe ? paintProbe(probe.outcome, paint) : paint.dim }]
      : []),
    {
      text: [statusText(candidate, now), ...(next ? ['next'] : []), ...own, ...shadows].join('; '),
      style: paintStatus(status, paint),
    },
  ]
}

/** Where the same key, or the same variable, is set as well. */
function shadowText(place: Candidate['source']['shadows'][number], name: string): string {
  return place.name === name
    ? `hides ${name} of ${sourceText(place.kind)}`
    : `same as ${place.name} of ${sourceText(place.kind)}`
}

function isNothingAtAll({ code, provider, profileId }: Problem): boolean {
  return code === 'missing' && provider === undefined && profileId === undefined
}

function nothingFound({ message, hint }: Problem, { paint, width }: ReportView): string {
  const columnsMax = width ?? Number.MAX_SAFE_INTEGER
  return [
    paint.bold(printableLine(message)),
    'Give the gateway a key:',
    // Each way to do it on a line of its own.
    ...printableLine(hint)
      .split(', or: ')
      .flatMap((way) => wrapNote(way, columnsMax - 2).split('\n'))
      .map((line) => `  ${line}`),
    ...wrap('or start it from a shell that has one; see: traseai env --help', columnsMax),
  ].join('\n')
}

function renderProblems(problems: readonly Problem[], { now, paint, width }: ReportView): readonly string[] {
  if (problems.length === 0) return []
  const columnsMax = width ?? Number.MAX_SAFE_INTEGER
  const lines = problems.flatMap(({ code, message, hint }, index) => {
    // One hint for findings in a row that have the same.
    const isTold = problems[index + 1]?.hint === hint
    const hintLines = isTold ? [] : wrapNote(`hint: ${printableLine(hint)}`, columnsMax - 2).split('\n')
    const [first = '', ...rest] = wrap(`${code}: ${printableLine(withRelativeTimes(message, now))}`, columnsMax)
    return [first.replace(code, paint.yellow(code)), ...rest, ...hintLines.map((line) => `  ${line}`)]
  })
  return [lines.join('\n')]
}

function verdict({ check }: Report, paint: Paint): string {
  if (check.exitCode === 0) return paint.green('check: ok')
  return check.exitCode === 1
    ? paint.red('check: expired or missing (exit 1)')
    : paint.yellow('check: expiring (exit 2)')
}
