// Why a provider could not be reached, in words: the codes of the system, of TLS and of our own are for searching.
import { errnoOf } from '../../errors.ts'
import { failureOf, noteOf, UpstreamError } from './failures.ts'

const lost = 'the connection was lost'
const untrusted = 'its certificate is not trusted here'

/** Node's `Common system errors`, `X509 certificate error codes` and `OpenSSL errors`. */
const words: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'no DNS answer',
  ENOTFOUND: 'no such host name',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: lost,
  EPIPE: lost,
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to its network',
  ENETDOWN: 'the network is down',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is another host's",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
}

/** True when an authority that is not known here has signed the provider's certificate: a list of the configuration can name it. */
export function isUntrusted(error: Error): boolean {
  const code = errnoOf(error) ?? ''
  return Object.hasOwn(words, code) && words[code] === untrusted
}

/** `connection refused (ECONNREFUSED)`; what our own failures say goes with their words; a code without words stands alone. */
export function whyUnreachable(error: Error): string {
  const code = errnoOf(error) ?? error.name
  const said = failureOf(code)?.words ?? (Object.hasOwn(words, code) ? words[code] : undefined)
  if (said === undefined) return code
  if (error instanceof UpstreamError) return `${said}: ${error.message} (${code})`
  const note = noteOf(error)
  return `${said} (${code})${note === null ? '' : `; ${note}`}`
}
