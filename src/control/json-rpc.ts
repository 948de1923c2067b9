// JSON-RPC 2.0 over one line: takes the text of a request or a batch, gives back the text of the answer, exactly as the specification says.
import type { JSONRPCErrorResponse, JSONRPCRequest, JSONRPCResponse } from 'json-rpc-2.0'
import { isRecord } from '../domain/json-record.ts'
import { protocolCodes, type WireError } from '../protocol/wire-error.ts'

/** Entries of one batch. */
const batchEntriesMax = 100

type Id = string | number | null

/** The messages of the reserved codes are the specification's own. */
export const parseError: WireError = { code: protocolCodes.parseError, message: 'Parse error' }

/** What arrived: ready-made answers stand beside the requests they were sent with. */
export interface Incoming {
  readonly batch: boolean
  readonly entries: readonly (JSONRPCRequest | JSONRPCResponse)[]
}

/**
 * Reads one line. What is no request becomes its answer here, because json-rpc-2.0 1.8 takes `null` for a parse error,
 * fails on `[null]`, and accepts a `method` that is no string, `params` that are no structure and ids of any type.
 */
export function readIncoming(text: string): Incoming {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { batch: false, entries: [errorResponse(null, parseError)] }
  }
  if (!Array.isArray(value)) return { batch: false, entries: [requestOf(value)] }
  if (value.length === 0) return { batch: false, entries: [invalidRequest(null, 'a batch holds at least one request')] }
  if (value.length > batchEntriesMax) {
    return {
      batch: false,
      entries: [invalidRequest(null, `a batch holds at most ${batchEntriesMax} requests, not ${value.length}`)],
    }
  }
  return { batch: true, entries: value.map(requestOf) }
}

export function errorResponse(id: Id, error: WireError): JSONRPCErrorResponse {
  return { jsonrpc: '2.0', id, error }
}

function invalidRequest(id: Id, hint: string): JSONRPCResponse {
  return errorResponse(id, { code: protocolCodes.invalidRequest, message: 'Invalid Request', data: { hint } })
}

/** Section 4 of the specification, member by member. */
function requestOf(value: unknown): JSONRPCRequest | JSONRPCResponse {
  if (!isRecord(value)) return invalidRequest(null, 'a request is an object')
  const { jsonrpc, method, params, id } = value
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    return invalidRequest(null, '`id` must be a string, a number or null')
  }
  if (jsonrpc !== '2.0') return invalidRequest(id ?? null, '`jsonrpc` must be "2.0"')
  if (typeof method !== 'string') return invalidRequest(id ?? null, '`method` must be a string')
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    return invalidRequest(id ?? null, '`params` must be an object or an array')
  }
  return { jsonrpc, method, ...(params === undefined ? {} : { params }), ...(id === undefined ? {} : { id }) }
}
