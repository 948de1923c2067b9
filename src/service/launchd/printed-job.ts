// What `launchctl print` and `print-disabled` say. launchctl(1) calls the output no API: what cannot be found in it is null, never a guess.

/** The lines of a job that anybody needs. */
export interface PrintedJob {
  /** `running`, `not running`, `spawn scheduled`, `spawning`, `SIGTERMed`, `SIGKILLed`, `languishing`, `exited`, `waiting`. */
  readonly state: string | null
  readonly pid: number | null
  /** How often it was started since it was loaded. */
  readonly runs: number | null
  /** Of the run before this one: a job that runs may have a bad one. Null when it never ended by itself. */
  readonly lastExitCode: number | null
  /** How that ended, in launchd's words: `exit code 78 (EX_CONFIG)`, `Killed: 9`; null when it never did, or did well. */
  readonly lastEnd: string | null
}

/** @param output of `launchctl print DOMAIN/LABEL` */
export function readPrintedJob(output: string): PrintedJob {
  const lines = ownLines(output)
  const [, code, name] = /^(-?\d+)(?:: (\w+))?/.exec(lines.get('last exit code') ?? '') ?? []
  const lastExitCode = code === undefined ? null : Number(code)
  const signal = lines.get('last terminating signal') ?? lines.get('last exit reason') ?? null
  const exit = lastExitCode ? `exit code ${code}${name === undefined ? '' : ` (${name})`}` : null
  return {
    state: lines.get('state') ?? null,
    pid: wholeNumber(lines.get('pid')),
    runs: wholeNumber(lines.get('runs')),
    lastExitCode,
    lastEnd: signal ?? exit,
  }
}

const wholeNumber = (text = ''): number | null => (/^\d+$/.test(text) ? Number(text) : null)

/** Lines of the job itself, one level deep: those of its coalitions and endpoints, deeper, have states and pids of their own. */
function ownLines(output: string): Map<string, string> {
  const lines = new Map<string, string>()
  let depth = 0
  for (const line of output.split('\n')) {
    const text = line.trim()
    if (text === '}') depth -= 1
    else if (text.endsWith('{')) depth += 1
    else if (depth === 1) {
      const [, key, value] = /^([a-z ]+) = (.*)$/.exec(text) ?? []
      if (key !== undefined && value !== undefined && !lines.has(key)) lines.set(key, value)
    }
  }
  return lines
}

/**
 * Whether somebody forbade the label: a record of launchd's own that outlives its plist. What is not listed is allowed.
 * @param output of `launchctl print-disabled DOMAIN`: `"label" => disabled`, `=> true` before macOS 13
 */
export function isDisabled(output: string, label: string): boolean {
  return output.split('\n').some((line) => {
    const [, name, value] = /^\s*"([^"]*)" => (\w+)/.exec(line) ?? []
    return name === label && (value === 'disabled' || value === 'true')
  })
}
