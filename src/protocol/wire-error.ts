// Failures on the wire: how a named error becomes a JSON-RPC error object, and how it becomes the same named error again.
import { isRecord } from '../domain/json-record.ts'
import { errorCatalogue, isErrorName, TraseError } from '../errors.ts'

/** The error object of JSON-RPC 2.0, section 5.1. Ours have positive codes and `data.code`, the name in the catalogue. */
export interface WireError {
  readonly code: number
  readonly message: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** The codes that JSON-RPC 2.0 reserves. */
export const protocolCodes = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
} as const

/** What a caller is told. Anything that is not a named failure is a defect: its details are for the log, not for the caller. */
export function toWireError(thrown: unknown): WireError {
  if (!(thrown instanceof TraseError)) return toWireError(new TraseError('internal', 'the gateway failed on this call'))
  const { code, message, hint, data } = thrown
  return {
    code: errorCatalogue[code].rpcCode,
    message,
    data: { ...data, code, ...(hint === undefined ? {} : { hint }) },
  }
}

/**
 * The named failure of an error object, whoever sent it: a name this program does not know, or something that is no
 * error object at all, becomes `internal`. `data.rpcCode` of a request that the other end did not understand is JSON-RPC's code.
 */
export function fromWireError(error: unknown): TraseError {
  if (!isRecord(error)) return new TraseError('internal', 'the gateway sent an error that cannot be read')
  const { code: name, hint, ...said } = isRecord(error['data']) ? error['data'] : {}
  const data = isOfProtocol(error['code']) ? { ...said, rpcCode: error['code'] } : said
  const words = typeof error['message'] === 'string' ? error['message'] : 'the gateway sent an error without a message'
  const message = error['code'] === protocolCodes.invalidParams ? withIssues(words, said['issues']) : words
  return new TraseError(isErrorName(name) ? name : nameOfCode(error['code']), message, {
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(Object.keys(data).length > 0 ? { data } : {}),
  })
}

/** True for a request that was not understood, whatever it was about: its error has no name of the catalogue. */
function isOfProtocol(code: unknown): boolean {
  const codes: readonly unknown[] = Object.values(protocolCodes)
  return codes.includes(code)
}

/** JSON-RPC has one fixed message for all wrong parameters; which one is wrong, and why, is in the issues. */
function withIssues(message: string, issues: unknown): string {
  const words = (Array.isArray(issues) ? (issues as unknown[]) : []).flatMap((issue) => {
    const { path, message: what } = isRecord(issue) ? issue : {}
    if (typeof what !== 'string') return []
    return [typeof path === 'string' && path !== '' ? `${path}: ${what}` : what]
  })
  return words.length === 0 ? message : `wrong parameters: ${words.join('; ')}`
}

/** The protocol's own errors that a caller can do something about are errors of usage. */
function nameOfCode(code: unknown): 'usage' | 'internal' {
  const { methodNotFound, invalidParams, invalidRequest } = protocolCodes
  return code === methodNotFound || code === invalidParams || code === invalidRequest ? 'usage' : 'internal'
}
