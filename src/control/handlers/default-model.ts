// The handler that sets the default model: `models.default` of traseai.json, with everything else there left as it is.
import { withoutKeys } from '../../domain/keys-in-text.ts'
import { parseModelRef } from '../../domain/model-ref.ts'
import { plainRequest } from '../../domain/selection.ts'
import { suggestionOr } from '../../domain/suggest.ts'
import { quoted, TraseError } from '../../errors.ts'
import type { ParsedParams } from '../../protocol/contract.ts'
import type { ControlDeps } from '../deps.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'

export const defaultModelHandlers = { 'models.set': setModel } as const satisfies Handlers<'models.set'>

async function setModel({ model }: ParsedParams<'models.set'>, { deps }: CallContext): Promise<Answer<'models.set'>> {
  const wanted = model === null ? null : fullName(deps, model)
  const before = deps.configuration().value.models.default
  const path = ['models', 'default'] as const
  await deps.editConfiguration([
    wanted === null ? { path, value: undefined, andEmptied: true } : { path, value: wanted },
  ])
  if (wanted === null) return { model: null, before, next: null }
  const { id } = deps.provider(wanted.slice(0, wanted.indexOf('/')))
  const { next } = deps.select({ provider: id, agent: null, ...plainRequest, model: wanted })
  return { model: wanted, before, next }
}

/** `anthropic/claude-…` for itself or an alias of it. @throws TraseError `usage`, `not_found` for an unknown provider */
function fullName(deps: ControlDeps, text: string): string {
  const { aliases } = deps.configuration().value.models
  const full = Object.hasOwn(aliases, text) ? (aliases[text] ?? text) : text
  if (!full.includes('/')) {
    const hint = suggestionOr(text, Object.keys(aliases), 'expected <provider>/<model>, or an alias of models.aliases')
    throw new TraseError('usage', `${quoted(text)} is neither a model nor an alias`, { hint })
  }
  // Before its form is looked at: `Anthropic/…` is a mistyped provider.
  const provider = deps.provider(full.slice(0, full.indexOf('/')))
  const { model } = parseModelRef(full)
  if (withoutKeys(model) !== model) {
    throw new TraseError('usage', 'the name of the model could be a key', {
      hint: `to store a key: traseai models auth paste-api-key --provider ${provider.id}`,
    })
  }
  if (/^\S{1,200}$/.test(model)) return `${provider.id}/${model}`
  throw new TraseError('usage', `${quoted(full)} is not a model`, { hint: 'at most 200 characters, without spaces' })
}
