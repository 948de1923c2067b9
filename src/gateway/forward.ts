// From a client's request to a model request: who asks, for which provider, model and credential, and with which body.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseAgentId, parseProfileId, parseSessionId, type ProfileId } from '../domain/ids.ts'
import type { ProfileOfSuffix } from '../domain/model-ref.ts'
import type { Provider } from '../domain/provider.ts'
import type { SelectionRequest } from '../domain/selection.ts'
import { messageOf, TraseError } from '../errors.ts'
import { type AttemptsDeps, type ModelRequest, serveWithCandidates } from './attempts.ts'
import { type ClientExchange, openExchange } from './client-exchange.ts'
import { type ClientHeaders, readClientHeaders } from './client-headers.ts'
import type { GatewayDeps } from './deps.ts'
import { type Refusal, refusal } from './gateway-errors.ts'
import { clientOfTokens, refuseForeign, unauthorized } from './guard.ts'
import { serveOwnPage, writeRefusal } from './own-pages.ts'
import { unknownProfile, unknownProvider } from './refusals.ts'
import { collectBody } from './request-body.ts'
import { modelOfBody, modelOfPath } from './request-model.ts'
import { parseTarget, type RequestTarget, takeKeyParameter } from './request-target.ts'

/** Handles every request of the server. Never throws. */
export function handleRequest(deps: AttemptsDeps, request: IncomingMessage, response: ServerResponse): void {
  const { gateway, metrics } = deps
  const headers = readClientHeaders(request.rawHeaders)
  const foreign = refuseForeign(headers, gateway.settings().allowedHosts)
  if (foreign) return writeRefusal(response, foreign)
  const target = parseTarget(request.url ?? '')
  if ('code' in target) return writeRefusal(response, target)
  const pages = { gateway, metricsPage: () => metrics.page(deps.cooling.waiting()) }
  if (target.path === '' && serveOwnPage(target.provider, pages, request, headers, response)) return

  const provider = gateway.provider(target.provider)
  const exchange = openExchange(deps, response, provider?.dialect ?? 'openai')
  exchange.facts.provider = provider?.id ?? null
  forward(deps, { request, headers, target, provider }, exchange).catch((error: unknown) => {
    gateway.host.log.error(
      { provider: provider?.id, error: messageOf(error) },
      'a model request failed for a reason of our own',
    )
    if (response.headersSent) response.destroy()
    else exchange.refuse(refusal('internal', 'the gateway failed; its log says why', 'see: traseai gateway logs'))
  })
}

interface Incoming {
  readonly request: IncomingMessage
  readonly headers: ClientHeaders
  readonly target: RequestTarget
  readonly provider: Provider | undefined
}

async function forward(deps: AttemptsDeps, incoming: Incoming, exchange: ClientExchange): Promise<void> {
  const { gateway } = deps
  const { request, headers, provider } = incoming
  const { query, keys } =
    provider?.auth === 'x-goog-api-key'
      ? takeKeyParameter(incoming.target.query)
      : { query: incoming.target.query, keys: [] }
  const tokens = [...headers.tokens, ...keys]
  const client = clientOfTokens(tokens, (tokenHash) => gateway.clientOf(tokenHash))
  if (client === undefined) return exchange.refuse(unauthorized(tokens))
  exchange.facts.client = client
  if (!provider) return exchange.refuse(unknownProvider(incoming.target.provider, gateway.providers()))
  if (headers.upgrade?.toLowerCase() === 'websocket') return exchange.refuse(noWebSockets)
  if (request.method === 'TRACE') return exchange.refuse(noTrace)
  if (!isChunked(headers.transferEncoding)) return exchange.refuse(noCoding)
  const { bodyBytesMax } = gateway.settings()
  if ((headers.contentLength ?? 0) > bodyBytesMax) return exchange.refuse(tooLarge(bodyBytesMax))
  const collected = headers.hasBody ? await collectBody(request, bodyBytesMax) : null
  if (collected?.kind === 'gone') return
  if (collected?.kind === 'too_large') return exchange.refuse(tooLarge(bodyBytesMax))
  const made = modelRequest(deps, { ...incoming, provider, query }, collected?.body ?? null)
  if ('code' in made) return exchange.refuse(made)
  await serveWithCandidates(deps, made, exchange)
}

function modelRequest(
  { gateway, upstream }: AttemptsDeps,
  incoming: Incoming & { readonly provider: Provider; readonly query: string },
  collected: Buffer | null,
): ModelRequest | Refusal {
  const { provider, headers, request, query } = incoming
  const profileOf: ProfileOfSuffix = (suffix) => profileNamed(gateway, provider, suffix)
  const inPath = provider.dialect === 'google' ? modelOfPath(incoming.target.path, profileOf) : null
  const inBody = collected === null || inPath?.model ? null : modelOfBody(collected, profileOf)
  const pinned = headers.profile === null ? null : profileOf(headers.profile)
  if (headers.profile !== null && pinned === null) return unknownProfile(headers.profile, provider)
  const asked = callerOf(headers)
  if ('code' in asked) return asked
  return {
    provider,
    method: request.method ?? 'GET',
    path: upstream.pathOf(provider, inPath?.path ?? incoming.target.path) + query,
    headers: headers.forward,
    body: inBody?.body ?? collected,
    asked: {
      provider: provider.id,
      ...asked,
      requestPin: pinned ?? inPath?.pin ?? inBody?.pin ?? null,
      model: inPath?.model ?? inBody?.model ?? null,
    },
  }
}

/** A credential of this provider by its id, or by the name behind the provider's colon. */
function profileNamed(gateway: GatewayDeps, provider: Provider, name: string): ProfileId | null {
  if (gateway.isProfile(provider.id, name)) return parseProfileId(name)
  const full = `${provider.id}:${name}`
  return gateway.isProfile(provider.id, full) ? parseProfileId(full) : null
}

function callerOf({ agent, session }: ClientHeaders): Pick<SelectionRequest, 'agent' | 'session'> | Refusal {
  try {
    return {
      agent: agent === null ? null : parseAgentId(agent),
      session: session === null ? null : parseSessionId(session),
    }
  } catch (error) {
    if (!(error instanceof TraseError)) throw error
    return refusal('bad_request', error.message, error.hint ?? null)
  }
}

const noWebSockets = refusal(
  'upgrade_unsupported',
  'WebSocket connections are not forwarded',
  'use the HTTP API, with or without streaming',
)

/** RFC 9112 section 6.1: Node undoes `chunked` alone, so what is inside another coding would go on without its name. */
function isChunked(transferEncoding: string | null): boolean {
  return transferEncoding === null || transferEncoding.trim().toLowerCase() === 'chunked'
}

const noCoding = refusal(
  'bad_request',
  'a transfer-encoding other than chunked is not understood',
  'send the compressed body with content-encoding, or as it is',
)

/** RFC 9110 section 9.3.8: the answer is the request itself, and so it would hold the provider's key. */
const noTrace = refusal('bad_request', 'TRACE is not forwarded', 'use GET or POST')

function tooLarge(bodyBytesMax: number): Refusal {
  return refusal(
    'body_too_large',
    `the request body is longer than ${bodyBytesMax} bytes`,
    'raise gateway.bodyBytesMax in traseai.json',
  )
}
