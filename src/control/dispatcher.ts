// From a method's name to its handler: parameters parsed by the contract, a time limit on every call, failures as named errors.
import { JSONRPCErrorException, type JSONRPCRequest, JSONRPCServer } from 'json-rpc-2.0'
import { issueWords } from '../domain/issue-words.ts'
import { suggestionOr } from '../domain/suggest.ts'
import { messageOf, TraseError } from '../errors.ts'
import { contract, type Method } from '../protocol/contract.ts'
import { protocolCodes, toWireError } from '../protocol/wire-error.ts'
import type { ControlDeps } from './deps.ts'
import type { CallContext } from './handler.ts'
import { handlers } from './handlers.ts'
import { errorResponse } from './json-rpc.ts'

const callMsMax = 30_000
/** What may have to wait for the login shell, whose own limit is two minutes at most. */
const shellMsMax = 150_000
/** What asks providers, or tries channels, sets its own limit, of a minute at most. */
const askingMsMax = 70_000
/** A copy of a large database on a slow disk: a card that writes 10 MB a second takes a minute for a million events. */
const backupMsMax = 600_000
const callMsMaxOf: Partial<Record<Method, number>> = {
  'backup.create': backupMsMax,
  'env.reload': shellMsMax,
  'env.set': shellMsMax,
  'env.unset': shellMsMax,
  'gateway.reload': shellMsMax,
  'models.status': askingMsMax,
  'models.list': askingMsMax,
  'notify.test': askingMsMax,
}

/** The methods of the contract, ready to answer requests. */
export function openDispatcher(deps: ControlDeps): JSONRPCServer<CallContext> {
  // `call` below has logged whatever a handler threw; the library's own listener writes to standard error.
  const server = new JSONRPCServer<CallContext>({ errorListener() {} })
  for (const method of Object.keys(contract) as Method[]) {
    server.addMethod(method, (params: unknown, context) => call(deps, method, params, context))
  }
  server.mapErrorToJSONRPCErrorResponse = (id, error: unknown) =>
    errorResponse(id, error instanceof JSONRPCErrorException ? error.toObject() : toWireError(error))
  server.handleMethodNotFound = (request) => Promise.resolve(methodNotFound(request))
  return server
}

async function call(deps: ControlDeps, method: Method, params: unknown, context: CallContext): Promise<unknown> {
  const { host } = deps
  const startedAtMs = host.monotonicMs()
  let outcome = 'ok'
  try {
    const parsed = parseParams(method, params)
    const handler = handlers[method] as (params: unknown, context: CallContext) => unknown // the contract's schema of this very method has just parsed them
    const result = handler(parsed, context)
    return result instanceof Promise ? await withinTime(deps, method, result) : result
  } catch (error) {
    outcome = outcomeOf(error)
    if (outcome === 'internal') host.log.error({ method, error: traceOf(error) }, 'a call failed')
    throw error
  } finally {
    host.log.debug({ method, outcome, durationMs: host.monotonicMs() - startedAtMs, actor: context.actor }, 'call')
  }
}

/** Where it happened, as far as that is known. */
function traceOf(error: unknown): string {
  return (error instanceof Error ? error.stack : undefined) ?? messageOf(error)
}

function outcomeOf(error: unknown): string {
  if (error instanceof JSONRPCErrorException) return 'invalid_params'
  return error instanceof TraseError ? error.code : 'internal'
}

function parseParams(method: Method, params: unknown): unknown {
  if (Array.isArray(params)) {
    throw invalidParams([{ path: '', message: 'parameters have names here: send an object, not an array' }])
  }
  const parsed = contract[method].params.safeParse(params ?? {}, { error: issueWords })
  if (parsed.success) return parsed.data
  throw invalidParams(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })))
}

function invalidParams(issues: readonly { readonly path: string; readonly message: string }[]): JSONRPCErrorException {
  return new JSONRPCErrorException('Invalid params', protocolCodes.invalidParams, { issues })
}

function methodNotFound({ id, method }: JSONRPCRequest): ReturnType<typeof errorResponse> | null {
  if (id === undefined) return null
  const hint = suggestionOr(method, Object.keys(contract), `known methods: ${Object.keys(contract).join(', ')}`)
  return errorResponse(id, { code: protocolCodes.methodNotFound, message: 'Method not found', data: { hint } })
}

/** The work goes on after the limit; its caller need not wait for it. */
async function withinTime(deps: ControlDeps, method: Method, work: Promise<unknown>): Promise<unknown> {
  const limitMs = callMsMaxOf[method] ?? callMsMax
  let giveUp: (error: TraseError) => void
  const late = new Promise<never>((_resolve, reject) => (giveUp = reject))
  const timer = deps.host.setTimer(limitMs, () =>
    giveUp(new TraseError('timeout', `${method} took longer than ${limitMs / 1_000} s`)),
  )
  try {
    return await Promise.race([work, late])
  } finally {
    timer.cancel()
  }
}
