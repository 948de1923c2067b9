// What a gateway that was started in the background tells the program that started it: one line, on a pipe of its own.
import { fromWireError, toWireError } from './wire-error.ts'

/**
 * Names the file descriptor of the pipe in the started gateway's environment. A descriptor of its own, because standard
 * error stays open for as long as the gateway lives, and writing to it after the starter has gone would end the gateway.
 */
export const startReportVariable = 'TRASEAI_START_REPORT_FD'

export type StartReport =
  | { readonly outcome: 'ready'; readonly pid: number }
  | { readonly outcome: 'failed'; readonly error: unknown }

/** One line with its newline. */
export function formatStartReport(report: StartReport): string {
  return `${JSON.stringify(report.outcome === 'ready' ? report : { outcome: report.outcome, error: toWireError(report.error) })}\n`
}

/** The report in `text`, its error a TraseError again; undefined when this is no whole report. */
export function parseStartReport(text: string): StartReport | undefined {
  if (!text.endsWith('\n')) return undefined
  let report: unknown
  try {
    report = JSON.parse(text)
  } catch {
    return undefined // cut short or not ours: the same as none
  }
  if (typeof report !== 'object' || report === null || !('outcome' in report)) return undefined
  if (report.outcome === 'failed')
    return { outcome: 'failed', error: fromWireError('error' in report ? report.error : undefined) }
  if (report.outcome !== 'ready' || !('pid' in report) || typeof report.pid !== 'number') return undefined
  return { outcome: 'ready', pid: report.pid }
}
