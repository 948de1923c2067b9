// From a client's request to a model request: who asks, for which provider, model and credential, and with which body.
import type { ProfileOfSuffix } from '../domain/model-ref.ts'
import type { OpenAiEndpoint } from '../domain/openai-endpoints.ts'
import type { Provider } from '../domain/provider.ts'
import { messageOf } from '../errors.ts'
import { type AttemptsDeps, type ModelRequest, serveWithCandidates } from './attempts.ts'
import { type ClientExchange, openExchange } from './client-exchange.ts'
import { type ClientHeaders, readClientHeaders } from './clients/headers.ts'
import type { ClientRequest } from './clients/request.ts'
import type { ClientResponse } from './clients/response.ts'
import type { GatewayDeps } from './deps.ts'
import { type Refusal, refusal } from './gateway-errors.ts'
import { clientOfTokens, refuseForeign, refuseStrayToken, unauthorized } from './guard.ts'
import { endpointOf, entryName, type OpenAiEntry, type Route } from './openai/entry.ts'
import { isModelsPath, type ModelPages } from './openai/model-pages.ts'
import { writeRefusal } from './own-answers.ts'
import { serveOwnPage } from './own-pages.ts'
import { unknownProfile, unknownProvider } from './refusals.ts'
import { type CollectedBody, collectBody, withStart } from './request-body.ts'
import { callerOf, profileNamed } from './request-caller.ts'
import { modelOfBody, modelOfPath } from './request-model.ts'
import { parseTarget, type RequestTarget, takeKeyParameter } from './request-target.ts'
import { refuseUnfit } from './unfit-request.ts'
import type { UsageDecoding } from './usage/decoding.ts'

export interface ForwardDeps extends AttemptsDeps {
  readonly decoding: UsageDecoding
  readonly entry: OpenAiEntry
  readonly modelPages: ModelPages
}

/** Handles every request of the server. Never throws. */
export function handleRequest(deps: ForwardDeps, request: ClientRequest, response: ClientResponse): void {
  const { gateway } = deps
  const headers = readClientHeaders(request.rawHeaders)
  const foreign = refuseForeign(headers, gateway.settings().allowedHosts)
  if (foreign) return writeRefusal(response, foreign)
  const target = parseTarget(request.url)
  if ('code' in target) return writeRefusal(response, target)
  if (serveOwn(deps, target, request, headers, response)) return
  const provider = gateway.provider(target.first)
  const exchange = openExchange(deps, response, provider?.dialect ?? 'openai')
  exchange.draft.provider = provider?.id ?? null
  forward(deps, { request, headers, target, provider }, exchange).catch((error: unknown) => {
    const { provider: id } = exchange.draft
    gateway.host.log.error({ provider: id, error: messageOf(error) }, 'a model request failed for a reason of our own')
    if (response.hasHead()) response.destroy()
    else exchange.refuse(ownFailure)
  })
}

const ownFailure = refusal('internal', 'the gateway failed; its log says why', 'see: traseai gateway logs')

/** Answers what the gateway knows itself: its own pages, and the list of models. */
function serveOwn(
  { gateway, metrics, cooling, modelPages }: ForwardDeps,
  { first, path }: RequestTarget,
  request: ClientRequest,
  headers: ClientHeaders,
  response: ClientResponse,
): boolean {
  if (path === '') {
    const pages = { gateway, metricsPage: () => metrics.page(cooling.waiting(), gateway.readings()) }
    return serveOwnPage(first, pages, request, headers, response)
  }
  if (first !== entryName || !isModelsPath(path)) return false
  modelPages.serve(path, request, headers, response).catch((error: unknown) => {
    gateway.host.log.error({ error: messageOf(error) }, 'the list of models failed for a reason of our own')
    if (response.hasHead()) response.destroy()
    else writeRefusal(response, ownFailure)
  })
  return true
}

interface Incoming {
  readonly request: ClientRequest
  readonly headers: ClientHeaders
  readonly target: RequestTarget
  readonly provider: Provider | undefined
}

async function forward(deps: ForwardDeps, incoming: Incoming, exchange: ClientExchange): Promise<void> {
  const { gateway } = deps
  const { request, headers, target, provider } = incoming
  // Google's clients may send the key in the query, and at /v1 the model may turn out to be Google's.
  const hasKey = provider?.auth === 'x-goog-api-key' || target.first === entryName
  const { query, keys } = hasKey ? takeKeyParameter(target.query) : { query: target.query, keys: [] }
  const tokens = keys.length === 0 ? headers.tokens : [...headers.tokens, ...keys]
  const client = clientOfTokens(tokens, (tokenHash) => gateway.clientOf(tokenHash))
  if (client === undefined) return exchange.refuse(unauthorized(tokens))
  exchange.draft.client = client.name
  const stray = refuseStrayToken(client.token, query, headers.forward)
  if (stray) return exchange.refuse(stray)
  const destination = destinationOf(gateway, incoming)
  if (typeof destination === 'object' && 'code' in destination) return exchange.refuse(destination)
  const unfit = refuseUnfit(request.method, headers)
  if (unfit) return exchange.refuse(unfit)
  const { contentLength } = headers
  const bytesMax = keptBytesMax(gateway.settings().bodyBytesMax, typeof destination === 'string', contentLength)
  const { upload, body } = request
  const atHand = body === null ? null : ({ kind: 'body', body } as const)
  const collected = upload && headers.hasBody ? await collectBody(upload, bytesMax, contentLength) : atHand
  if (collected?.kind === 'gone') return
  const made = modelRequest(deps, { request, headers, target, destination, query }, collected)
  if (!('code' in made)) return serveWithCandidates(deps, made, exchange)
  if (collected?.kind === 'longer') collected.body.discard()
  exchange.refuse(made)
}

/** Of a body that cannot be kept whole: enough to find a model's name in. */
const startBytesMax = 1_048_576

/** A provider's own API gets the rest of such a body as soon as it can be; the entry cannot go on without the model. */
function keptBytesMax(bodyBytesMax: number, isEntry: boolean, contentLength: number | null): number {
  return isEntry || (contentLength ?? 0) <= bodyBytesMax ? bodyBytesMax : Math.min(bodyBytesMax, startBytesMax)
}

/** A provider whose own API is meant, or what is asked for at the entry /v1. */
type Destination = Provider | OpenAiEndpoint

function destinationOf(gateway: GatewayDeps, { request, target, provider }: Incoming): Destination | Refusal {
  if (provider) return provider
  if (target.first === entryName) return endpointOf(request.method, target.path)
  return unknownProvider(target.first, gateway.providers())
}

type Readable = Exclude<CollectedBody, { readonly kind: 'gone' }>

/** Written out where it is made: copying an object with a spread costs more than a microsecond. */
interface Addressed extends Omit<Incoming, 'provider'> {
  readonly destination: Destination
  readonly query: string
}

function modelRequest(
  { gateway, upstream, entry }: ForwardDeps,
  { destination, headers, request, target, query }: Addressed,
  collected: Readable | null,
): ModelRequest | Refusal {
  const caller = callerOf(gateway, headers)
  if ('code' in caller) return caller
  const start = collected?.kind === 'longer' ? collected.body.start : (collected?.body ?? null)
  const route =
    typeof destination === 'string'
      ? entry.route(destination, { start, isWhole: collected?.kind !== 'longer' }, caller)
      : nativeRoute(gateway, destination, target.path, start)
  if ('code' in route) return route
  const { provider, model } = route
  const pinned = headers.profile === null ? null : profileNamed(gateway, provider, headers.profile)
  if (headers.profile !== null && pinned === null) return unknownProfile(headers.profile, provider)
  const { agent, session } = caller
  return {
    provider,
    method: request.method,
    path: upstream.pathOf(provider, route.path) + query,
    headers: headers.forward,
    body: collected?.kind === 'longer' && route.body ? withStart(collected.body, route.body) : route.body,
    asked: { provider: provider.id, agent, session, requestPin: pinned ?? route.pin, model },
  }
}

/** The provider's own API: all that is looked for is the model, for its cooldowns, and a credential pinned to it. */
function nativeRoute(gateway: GatewayDeps, provider: Provider, path: string, body: Buffer | null): Route {
  const profileOf: ProfileOfSuffix = (suffix) => profileNamed(gateway, provider, suffix)
  if (provider.dialect === 'google') {
    const inPath = modelOfPath(path, profileOf)
    if (inPath.model !== null) return { provider, body, ...inPath }
  }
  if (body === null) return { provider, path, model: null, pin: null, body }
  const { model, pin, body: kept } = modelOfBody(body, profileOf)
  return { provider, path, model, pin, body: kept }
}
