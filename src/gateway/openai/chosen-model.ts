// Which provider, model and credential the `model` of a request to /v1 stands for, or why it stands for none.
import { entryOf, type Pin } from '../../domain/entities.ts'
import type { ProfileId } from '../../domain/ids.ts'
import { splitModelPin } from '../../domain/model-ref.ts'
import type { Provider } from '../../domain/provider.ts'
import { plainRequest } from '../../domain/selection.ts'
import { suggest, suggestionOr } from '../../domain/suggest.ts'
import { quoted } from '../../errors.ts'
import type { GatewayDeps } from '../deps.ts'
import { type Refusal, refusal } from '../gateway-errors.ts'
import { profileNamed } from '../request-caller.ts'

export interface ChosenModel {
  readonly provider: Provider
  /** As the provider knows it. */
  readonly model: string
  readonly pin: ProfileId | null
}

/** Asks for the session's model, or else for `models.default`; an alias of that name is never reached. */
const byDefault = 'default'

/**
 * `provider/model`, an alias, or `default`, each with `@profile` when one is meant; the empty text is `default`.
 *
 * An @ may also belong to a model's own name. So behind `provider/model` what is no credential of that provider stays part of the name, unless
 * it begins like the id of a credential of some provider (`@openai:work`): then it was meant as one. Behind an alias it is always a credential.
 */
export function modelMeant(gateway: GatewayDeps, text: string, session: Pin | null): ChosenModel | Refusal {
  const asked = text === '' ? byDefault : text
  const at = asked.indexOf('@', 1) // no alias holds one
  const name = at < 0 ? asked : asked.slice(0, at)
  const models = gateway.models()
  const ref = name === byDefault ? (session?.model ?? models.default) : entryOf(models.aliases, name)
  if (ref === null) return noDefault
  if (ref === undefined) return placeOf(gateway, asked)
  // A session may have kept an alias.
  const place = placeOf(gateway, entryOf(models.aliases, ref) ?? ref)
  if ('code' in place || at < 0) return place
  const suffix = asked.slice(at + 1)
  const pin = profileNamed(gateway, place.provider, suffix)
  return pin === null ? unknownPin(gateway, place.provider, suffix) : { ...place, pin }
}

const noDefault = refusal(
  'bad_request',
  'the request names no model, and there is no default',
  'send "model": "<provider>/<model>", or set one with: traseai models set MODEL',
)

function placeOf(gateway: GatewayDeps, ref: string): ChosenModel | Refusal {
  const slash = ref.indexOf('/')
  if (slash < 1 || slash === ref.length - 1) return unknownModel(gateway, ref)
  const id = ref.slice(0, slash)
  const provider = gateway.provider(id)
  const rest = ref.slice(slash + 1)
  if (!provider) return unknownProviderOf(gateway, id, rest)
  const { model, profileId } = splitModelPin(rest, (suffix) => profileNamed(gateway, provider, suffix))
  if (profileId === null) {
    const meant = meantPin(gateway, rest)
    if (meant !== null) return unknownPin(gateway, provider, meant)
  }
  return { provider, model, pin: profileId }
}

/** What follows an @ and begins like a credential's id, `<known provider>:`. */
function meantPin(gateway: GatewayDeps, text: string): string | null {
  for (let at = text.indexOf('@', 1); at > 0; at = text.indexOf('@', at + 1)) {
    const colon = text.indexOf(':', at)
    if (colon < 0) return null
    if (gateway.provider(text.slice(at + 1, colon)) !== undefined) return text.slice(at + 1)
  }
  return null
}

function unknownPin(gateway: GatewayDeps, { id }: Provider, name: string): Refusal {
  const owner = gateway.provider(name.slice(0, Math.max(0, name.indexOf(':'))))
  if (owner && owner.id !== id && gateway.isProfile(owner.id, name)) {
    return refusal(
      'not_found',
      `profile ${quoted(name)} is for ${owner.id}, not ${id}`,
      `see: traseai models auth list --provider ${id}`,
    )
  }
  const { candidates } = gateway.select({ provider: id, agent: null, ...plainRequest })
  // Compared as it was written: with its provider or without.
  const prefix = name.includes(':') ? '' : `${id}:`
  const near = suggest(
    name,
    candidates.map(({ profileId }) => profileId.slice(prefix.length)),
  )
  return refusal(
    'not_found',
    `profile ${quoted(name)} not found`,
    near === undefined ? `see: traseai models auth list --provider ${id}` : `did you mean ${prefix}${near}?`,
  )
}

function unknownModel(gateway: GatewayDeps, name: string): Refusal {
  const { aliases, default: chosen } = gateway.models()
  const known = [...Object.keys(aliases), ...Object.values(aliases), ...(chosen === null ? [] : [chosen])]
  const maker = makers.find(([beginning, id]) => beginning.test(name) && gateway.provider(id))?.[1]
  const otherwise =
    maker === undefined
      ? 'name it with its provider, such as anthropic/claude-sonnet-5-5; see: traseai models list'
      : `did you mean ${maker}/${name}?`
  return refusal('unknown_model', `unknown model ${quoted(name)}`, suggestionOr(name, new Set(known), otherwise))
}

/** How the models of those begin whose names are known best: without a provider in front, a request to /v1 says no more. */
const makers = [
  [/^claude-[\w.-]+$/, 'anthropic'],
  [/^(gpt|chatgpt|o\d|text-embedding)-?[\w.-]+$/, 'openai'],
  [/^gemini-[\w.-]+$/, 'google'],
  [/^deepseek-[\w.-]+$/, 'deepseek'],
  [/^grok-[\w.-]+$/, 'xai'],
  [/^(mistral|codestral|ministral)-[\w.-]+$/, 'mistral'],
] as const satisfies readonly (readonly [beginning: RegExp, provider: string])[]

function unknownProviderOf(gateway: GatewayDeps, id: string, model: string): Refusal {
  const near = suggest(
    id,
    gateway.providers().map((provider) => provider.id),
  )
  return refusal(
    'unknown_provider',
    `unknown provider ${quoted(id)} in the model ${quoted(`${id}/${model}`)}`,
    near === undefined ? 'see: traseai models list' : `did you mean ${near}/${model}?`,
  )
}
