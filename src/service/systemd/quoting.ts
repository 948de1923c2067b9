// Writes values into unit files so that systemd reads back exactly what was meant: systemd.syntax(7), systemd.service(5) "Command lines".
import { isIP } from 'node:net'
import { quoted, TraseError } from '../../errors.ts'

/** What needs no quotes in a command line, so that people can read the usual unit. */
const plainWord = /^[A-Za-z0-9_@+=:,./-]+$/

/**
 * The program of `ExecStart=`. systemd takes `$` in it as it is, but expands `%`; quotes and backslashes it refuses, however they are written.
 * @throws TraseError `usage` for a path that no unit file can hold
 */
export function execProgram(path: string): string {
  if (/["'\\]/.test(path)) throw unfit(path, 'holds a quote or a backslash')
  return word(path)
}

/** A further word of `ExecStart=`: `$NAME` would be replaced by a variable. @throws TraseError `usage`, see `execProgram` */
export function execArgument(text: string): string {
  return word(text.replaceAll('$', '$$$$'))
}

/** One assignment of `Environment=`, always in quotes. @throws TraseError `usage`, see `execProgram` */
export function assignment(name: string, value: string): string {
  return inQuotes(`${name}=${value}`)
}

/**
 * The path of `ListenStream=`, which is the rest of its line: nothing can be quoted there.
 * @throws TraseError `usage` for a path that begins or ends with what would be taken off
 */
export function listenPath(path: string): string {
  refuseControlCharacters(path)
  if (/^\s|[\s\\]$/.test(path)) throw unfit(path, 'ends in a blank or a backslash')
  return path.replaceAll('%', '%%')
}

/**
 * `127.0.0.1:7717`, `[::1]:7717` for `ListenStream=`; null for what systemd cannot hold: any free port, and names but `localhost`. Then the
 * gateway listens there by itself.
 */
export function listenAddress({ host, port }: { readonly host: string; readonly port: number }): string | null {
  if (port === 0) return null
  if (host === 'localhost') return `127.0.0.1:${port}`
  const family = isIP(host)
  if (family === 0) return null
  return family === 6 ? `[${host}]:${port}` : `${host}:${port}`
}

function word(text: string): string {
  return plainWord.test(text) ? text : inQuotes(text)
}

/** In double quotes systemd reads C escapes, and `%` begins a specifier everywhere. */
function inQuotes(text: string): string {
  refuseControlCharacters(text)
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`
}

function refuseControlCharacters(text: string): void {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw unfit(text, 'holds a control character')
}

function unfit(text: string, why: string): TraseError {
  return new TraseError('usage', `no unit file can hold ${quoted(text)}: it ${why}`, {
    hint: 'use a path without it',
  })
}
