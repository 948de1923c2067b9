// The fields of a record of the log as words: `version=0.1.0 error="no such file" added=["a b"] profileIds=a,b`.

/** Behind a sentence; white space and quotes within a value make it JSON, so that all of it is one line. */
export function logFields(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ')
}

function valueText(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every(isWord)) return value.join(',')
  return isWord(value) ? value : asciiControls(JSON.stringify(value))
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[^\s"=,\p{C}]+$/u.test(value)
}

/** JSON escapes some control characters and leaves others. */
function asciiControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
