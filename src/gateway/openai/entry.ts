// The OpenAI-compatible entry, /v1: the `model` of a request chooses the provider, whose own imitation of OpenAI's API serves it.
import type { ProfileId } from '../../domain/ids.ts'
import { type OpenAiEndpoint, openAiEndpoints, type OpenAiSide, openAiSide } from '../../domain/openai-endpoints.ts'
import type { Provider } from '../../domain/provider.ts'
import type { GatewayDeps } from '../deps.ts'
import { type Refusal, refusal } from '../gateway-errors.ts'
import type { Caller } from '../request-caller.ts'
import { findModel, isObjectBody, modelBytesMax, stringAt, withModel } from '../request-model.ts'
import { modelMeant } from './chosen-model.ts'

/** Where a request goes, what with and with which credential. */
export interface Route {
  readonly provider: Provider
  /** Behind the path of the provider's base URL; no query. */
  readonly path: string
  readonly model: string | null
  /** The credential that its model or path names. */
  readonly pin: ProfileId | null
  /** All of the body, or as much of it as was collected. */
  readonly body: Buffer | null
}

/** The body of a request to the entry. */
export interface EntryBody {
  /** Null when there is none. */
  readonly start: Buffer | null
  /** False when more of it follows. */
  readonly isWhole: boolean
}

export interface OpenAiEntry {
  route(endpoint: OpenAiEndpoint, body: EntryBody, caller: Caller): Route | Refusal
}

/** The first part of the path; no provider has this id. */
export const entryName = 'v1'

export function openOpenAiEntry(gateway: GatewayDeps): OpenAiEntry {
  /** Made once for each provider: a request must not pay for it. */
  const sides = new WeakMap<Provider, OpenAiSide>()

  function sideOf(provider: Provider): OpenAiSide {
    const known = sides.get(provider)
    if (known) return known
    const side = openAiSide(provider)
    sides.set(provider, side)
    return side
  }

  return {
    route(endpoint, { start, isWhole }, caller) {
      if (start === null || !isObjectBody(start)) return noObject
      const place = findModel(start)
      if (place === null && !isWhole) return tooFarBehind
      if (place !== null && place.end - place.start > modelBytesMax) return tooLong
      const text = place === null ? '' : place.isString ? stringAt(start, place) : null
      if (text === null) return isWhole ? noString : tooFarBehind
      const chosen = modelMeant(gateway, text, caller.pin)
      if ('code' in chosen) return chosen
      const { model, pin } = chosen
      const side = sideOf(chosen.provider)
      const path = side.paths[endpoint]
      if (path === null) return notServed(chosen.provider, endpoint, side)
      return { provider: side.provider, path, model, pin, body: withModel(start, place, model) }
    },
  }
}

const known: ReadonlySet<string> = new Set(openAiEndpoints)

/** What a path behind /v1 asks for. */
export function endpointOf(method: string, path: string): OpenAiEndpoint | Refusal {
  const name = path.slice(1)
  if (!known.has(name)) {
    return refusal(
      'unknown_endpoint',
      `/v1${path} is not served`,
      `there are ${openAiEndpoints.map((each) => `/v1/${each}`).join(', ')} and /v1/models; everything else of a provider is at /<provider>/…`,
    )
  }
  if (method !== 'POST') return refusal('unknown_endpoint', `${method} /v1${path} is not served`, 'use POST')
  return name as OpenAiEndpoint // one of the known names
}

const noObject = refusal(
  'bad_request',
  'the body is not a JSON object',
  'send the request as OpenAI describes it, as JSON and not compressed',
)

const noString = refusal(
  'bad_request',
  'the model of the request is not a string',
  'send "model": "<provider>/<model>"',
)

const tooLong = refusal(
  'unknown_model',
  `the model's name is longer than ${modelBytesMax} bytes`,
  'send "model": "<provider>/<model>"',
)

const tooFarBehind = refusal(
  'body_too_large',
  'the model does not stand within the first gateway.bodyBytesMax bytes of the body',
  'put "model" in front, or raise gateway.bodyBytesMax in traseai.json',
)

/** The paths of providers that have an API of their own beside the one that imitates OpenAI's. */
const ownPaths: Readonly<Record<string, string>> = {
  anthropic: '/anthropic/v1/messages',
  google: '/google/v1beta/models/<model>:generateContent',
  cohere: '/cohere/v2/chat',
}

function notServed({ id }: Provider, endpoint: OpenAiEndpoint, { paths }: OpenAiSide): Refusal {
  const served = openAiEndpoints.filter((each) => paths[each] !== null).map((each) => `/v1/${each}`)
  const own = Object.hasOwn(ownPaths, id) ? `, and its own API at ${ownPaths[id]}` : ''
  return refusal('unknown_endpoint', `${id} has no /v1/${endpoint}`, `it has ${served.join(', ')}${own}`)
}
