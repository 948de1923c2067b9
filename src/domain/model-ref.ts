// Model references: `provider/model`, aliases for them, and the credential that a request pins with `model@profile`.
import { quoted, TraseError } from '../errors.ts'
import { parseProviderId, type ProfileId, type ProviderId } from './ids.ts'

export interface ModelRef {
  readonly provider: ProviderId
  /** As the provider knows it; may hold slashes (`openrouter/anthropic/claude-sonnet-5-5`) and at signs. */
  readonly model: string
}

export interface PinnedModel {
  readonly model: string
  readonly profileId: ProfileId | null
}

/** Longer names are no pins: a request's `model` is whatever a client wrote. */
const pinnedCharactersMax = 512

/**
 * `provider/model`, or an alias of one (`models.aliases`). An alias of an alias is not followed.
 * @throws TraseError `usage` for anything else
 */
export function parseModelRef(text: string, aliases: Readonly<Record<string, string>> = {}): ModelRef {
  const full = Object.hasOwn(aliases, text) ? (aliases[text] ?? text) : text
  const slash = full.indexOf('/')
  const model = full.slice(slash + 1)
  if (slash < 1 || model.trim() === '') {
    throw new TraseError('usage', `${quoted(full)} is not a model`, {
      hint: 'expected <provider>/<model>, such as anthropic/claude-sonnet-5-5, or an alias of models.aliases',
    })
  }
  return { provider: parseProviderId(full.slice(0, slash)), model }
}

/** The credential of the provider in question that a text behind an @ names: its id, or its name without the provider. */
export type ProfileOfSuffix = (suffix: string) => ProfileId | null

/**
 * Takes `model@profile` apart. Models may hold an @ themselves (`claude-3-5-sonnet@20240620`), and so may names
 * (`anthropic:me@work.test`): it is a pin only if `profileOf` knows what follows an @, and the longest such text counts.
 */
export function splitModelPin(text: string, profileOf: ProfileOfSuffix): PinnedModel {
  if (text.length <= pinnedCharactersMax) {
    for (let at = text.indexOf('@', 1); at > 0; at = text.indexOf('@', at + 1)) {
      const profileId = profileOf(text.slice(at + 1))
      if (profileId !== null) return { model: text.slice(0, at), profileId }
    }
  }
  return { model: text, profileId: null }
}
