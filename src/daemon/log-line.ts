// One log record as a line for people: time, level, sentence, then the fields as name=value.

const hidden = new Set(['time', 'level', 'msg'])

/** `json` is a line of the log file. What is no JSON comes back as it is. */
export function renderLogLine(json: string): string {
  const record = parse(json)
  if (!record) return json.endsWith('\n') ? json : `${json}\n`
  const time = typeof record['time'] === 'string' ? record['time'].slice(11, 19) : ''
  const level = typeof record['level'] === 'string' ? record['level'].padEnd(5) : ''
  const fields = Object.entries(record)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value)}`)
  return `${time} ${level} ${String(record['msg'] ?? '')}${fields.join('')}\n`
}

function parse(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null // an object's entries are unknown, which is all that is used
  } catch {
    return null // not a record: shown as it is
  }
}
