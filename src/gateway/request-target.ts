// Takes a request's target apart: the first segment, the path and query behind it, and Google's key parameter taken out.
import { quoted } from '../errors.ts'
import { type Refusal, refusal } from './gateway-errors.ts'

export interface RequestTarget {
  /** The first path segment, as it was sent: a provider's id, `v1`, or the name of a page. */
  readonly first: string
  /** What follows it: empty or starting with a slash; no query. */
  readonly path: string
  /** Empty or starting with a question mark. */
  readonly query: string
}

/** Visible characters but # and the backslash; bytes above ASCII are left to the provider. */
const acceptable = /^\/[!"$-[\]-~\u0080-\u00ff]*$/

/**
 * Only the origin form of RFC 9112 section 3.2.1 is taken. Dot segments are refused, also when they are encoded (once or several times) or
 * hidden behind an encoded slash: they could leave the path that `baseUrl` ends with.
 */
export function parseTarget(target: string): RequestTarget | Refusal {
  if (!acceptable.test(target)) return refuseTarget('is not an absolute path', target)
  const question = target.indexOf('?')
  const whole = question < 0 ? target : target.slice(0, question)
  if (leavesItsPlace(whole))
    return refuseTarget('has a dot segment or a control character, or is encoded too often', target)
  const slash = whole.indexOf('/', 1)
  return {
    first: slash < 0 ? whole.slice(1) : whole.slice(1, slash),
    path: slash < 0 ? '' : whole.slice(slash),
    query: question < 0 ? '' : target.slice(question),
  }
}

function refuseTarget(what: string, target: string): Refusal {
  return refusal('bad_request', `the request target ${quoted(target)} ${what}`, 'send /<provider>/<path>')
}

function leavesItsPlace(path: string): boolean {
  if (!path.includes('.') && !path.includes('%')) return false
  const decoded = decodeForInspection(path)
  if (decoded === null || !/^[ -~\u0080-\u00ff]*$/.test(decoded)) return true
  // Some servers cut a segment at its semicolon before they look at the dots, and at the @ the gateway cuts a credential off itself.
  return decoded.split(/[/\\]/).some((segment) => /^\.{1,2}(?:[;@]|$)/.test(segment))
}

/** Nobody encodes a path more often; each round reads all of it once more, and it may be as long as a header. */
const decodingRoundsMax = 8

/** Decodes what could matter to a path (dot, slash, backslash, percent, @, controls) until nothing changes; null when that takes too long. */
function decodeForInspection(path: string): string | null {
  let decoded = path
  for (let round = 0; round < decodingRoundsMax; round++) {
    const next = decoded.replace(/%(2e|2f|5c|25|40|[01][0-9a-f]|7f)/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (next === decoded) return decoded
    decoded = next
  }
  return null
}

/** Google's clients may send the key as `?key=`: takes it out of the query, which must never go on with it. */
export function takeKeyParameter(query: string): { readonly query: string; readonly keys: string[] } {
  if (query.length < 2) return { query, keys: [] }
  const keys: string[] = []
  const kept = query
    .slice(1)
    .split('&')
    .filter((parameter) => {
      const equals = parameter.indexOf('=')
      if (decodeQuery(equals < 0 ? parameter : parameter.slice(0, equals)) !== 'key') return true
      keys.push(equals < 0 ? '' : decodeQuery(parameter.slice(equals + 1)))
      return false
    })
  if (keys.length === 0) return { query, keys }
  return { query: kept.length === 0 ? '' : `?${kept.join('&')}`, keys }
}

function decodeQuery(text: string): string {
  // A broken percent sequence stands for itself, as in the URL standard.
  return text
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'))
}
