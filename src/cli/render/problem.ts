// A finding about a settings file as compilers write it: file, line, key, what is wrong, what to do.

interface SettingsFinding {
  readonly file: string
  readonly line: number | null
  readonly key: string | null
  readonly message: string
  readonly hint: string | null
}

/** One line, and a second with the hint if there is one. */
export function renderProblem({ file, line, key, message, hint }: SettingsFinding): string {
  const place = line === null ? file : `${file}:${line}`
  const subject = key === null || message.includes(key) ? '' : `${key}: `
  return `${place}: ${subject}${message}${hint === null ? '' : `\n  hint: ${hint}`}`
}
