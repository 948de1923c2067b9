// The list of models at /v1/models, as OpenAI's API has it: those of every provider with a usable credential, and the names of the configuration.
import type { AgentId } from '../../domain/ids.ts'
import { quoted } from '../../errors.ts'
import type { ClientHeaders } from '../clients/headers.ts'
import type { ClientRequest } from '../clients/request.ts'
import type { ClientResponse } from '../clients/response.ts'
import type { GatewayDeps } from '../deps.ts'
import { type Refusal, refusal } from '../gateway-errors.ts'
import { clientOfTokens, unauthorized } from '../guard.ts'
import { writeJson, writeRefusal } from '../own-answers.ts'
import type { ListTarget, ModelList } from '../questions/model-lists.ts'
import { openTimeLimit } from '../questions/time-limit.ts'
import { type Caller, callerOf } from '../request-caller.ts'

/** A client waits no longer for the providers that have not answered yet; what they say comes with the next list. */
const waitMsMax = 3_000
/** A provider may take this long to give its list. */
const listMsMax = 15_000
/** Lists that are asked for at a time. */
const asksMax = 64

/** https://platform.openai.com/docs/api-reference/models/object; `created` is 0, because lists of other providers have no such time. */
interface ModelEntry {
  readonly id: string
  readonly object: 'model'
  readonly created: 0
  readonly owned_by: string
}

export interface ModelPages {
  /** Serves `/v1/models` and `/v1/models/<id>`; `path` is what follows `/v1`. */
  serve(path: string, request: ClientRequest, headers: ClientHeaders, response: ClientResponse): Promise<void>
  /** Whoever still waits gets what there is. */
  close(): void
}

const modelsPath = '/models'

/** True for `/models` and what lies below it. */
export function isModelsPath(path: string): boolean {
  return path.startsWith(modelsPath) && (path.length === modelsPath.length || path[modelsPath.length] === '/')
}

export function openModelPages(gateway: GatewayDeps): ModelPages {
  /** By provider and credential: whoever comes while a list is asked for shares the answer. */
  const asks = new Map<string, Promise<ModelList | null>>()
  const closing = new AbortController()

  function listOf(target: ListTarget): Promise<ModelList | null> {
    const key = `${target.provider.id}\n${target.profileId}`
    const known = asks.get(key)
    if (known) return known
    if (asks.size >= asksMax) return Promise.resolve(null)
    const ask = gateway.lists
      .of([target], { timeoutMs: listMsMax, fresh: false, signal: closing.signal })
      .then(([list]) => list ?? null)
      .finally(() => asks.delete(key))
    asks.set(key, ask)
    return ask
  }

  async function entries(agent: AgentId | null): Promise<ModelEntry[]> {
    const limit = openTimeLimit(gateway.host, waitMsMax, closing.signal)
    const targets = gateway.listTargets(agent)
    // An old list is better than none.
    const late = ({ provider }: ListTarget) => limit.over.then(() => gateway.lists.kept(provider))
    const lists = await Promise.all(targets.map((target) => Promise.race([listOf(target), late(target)])))
    limit.close()
    const listed = targets.flatMap(({ provider: { id } }, i) =>
      (lists[i]?.names ?? []).map((name) => entry(`${id}/${name}`, id)),
    )
    return unique([...named(gateway), ...listed])
  }

  return {
    async serve(path, request, headers, response) {
      const asked = permitted(gateway, request.method, headers)
      if ('code' in asked) return writeRefusal(response, asked)
      const all = await entries(asked.agent)
      if (path === modelsPath) return writeJson(response, request, { object: 'list', data: all })
      const id = decoded(path.slice(modelsPath.length + 1))
      const one = all.find((each) => each.id === id)
      if (one) writeJson(response, request, one)
      else writeRefusal(response, refusal('unknown_model', `unknown model ${quoted(id)}`, 'see: GET /v1/models'))
    },
    close: () => closing.abort(),
  }
}

function permitted(gateway: GatewayDeps, method: string, headers: ClientHeaders): Caller | Refusal {
  const client = clientOfTokens(headers.tokens, (tokenHash) => gateway.clientOf(tokenHash))
  if (client === undefined) return unauthorized(headers.tokens)
  if (method === 'GET' || method === 'HEAD') return callerOf(gateway, headers)
  return refusal('unknown_endpoint', `${method} /v1/models is not served`, 'use GET')
}

function entry(id: string, owner: string): ModelEntry {
  return { id, object: 'model', created: 0, owned_by: owner }
}

/** `default` when it stands for something, the aliases, and what they stand for, which a provider's list may not have. */
function named(gateway: GatewayDeps): ModelEntry[] {
  const { default: chosen, aliases } = gateway.models()
  const refs = Object.entries({ ...(chosen === null ? {} : { default: chosen }), ...aliases })
  return refs
    .flatMap(([name, ref]) => [
      [name, ref],
      [ref, ref],
    ])
    .flatMap(([id = '', ref = '']) => {
      const owner = ref.slice(0, Math.max(0, ref.indexOf('/')))
      return gateway.provider(owner) ? [entry(id, owner)] : []
    })
}

function unique(all: readonly ModelEntry[]): ModelEntry[] {
  return [...new Map(all.map((each) => [each.id, each])).values()]
}

/** SDKs write the slash of an id as %2F; what cannot be decoded is no id. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}
