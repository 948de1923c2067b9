// Asks for the default model, of those that providers list now and of a few to begin with.
import type { GatewayClient } from '../../../client/connect.ts'
import { parseModelRef } from '../../../domain/model-ref.ts'
import { messageOf } from '../../../errors.ts'
import type { Result } from '../../../protocol/contract.ts'
import { given } from '../../option-values.ts'
import type { Questions } from '../questions/questions.ts'
import { unlessInterrupted } from '../questions/unless-interrupted.ts'

/** Suggestions only: any `<provider>/<model>` can be typed. */
const suggestions: readonly string[] = [
  'anthropic/claude-sonnet-4-5',
  'anthropic/claude-haiku-4-5',
  'openai/gpt-5',
  'openai/gpt-5-mini',
  'google/gemini-2.5-pro',
  'google/gemini-2.5-flash',
  'openrouter/anthropic/claude-sonnet-4.5',
  'groq/openai/gpt-oss-120b',
  'mistral/mistral-large-latest',
  'xai/grok-4',
  'deepseek/deepseek-chat',
]

/** Of a provider that lists none of the suggested ones. */
const listedMax = 3
/** For all providers together; a person waits for it. */
const listMsMax = 3_000

const keep = { choice: 'keep' } as const
const other = { choice: 'other' } as const

type Lists = Pick<Result<'models.list'>, 'default' | 'providers'>

export interface DefaultModelQuestion {
  readonly gateway: GatewayClient
  readonly questions: Questions
  readonly agent: string | undefined
  /** Those that have a key, or will have one. */
  readonly providers: ReadonlySet<string>
  readonly interrupted: AbortSignal
}

/** @returns the model to set; null to leave it as it is */
export async function askDefaultModel(question: DefaultModelQuestion): Promise<string | null> {
  const { gateway, questions, agent, providers, interrupted } = question
  const lists = await unlessInterrupted(
    interrupted,
    gateway.call('models.list', { ...given({ agent }), timeoutMs: listMsMax }),
  )
  const choice = await questions.choose<string | typeof keep | typeof other>(
    'Which model is the default?',
    [
      { value: keep, label: lists.default === null ? 'none for now' : `${lists.default}, as it is` },
      ...modelsToOffer(lists, providers).map((model) => ({ value: model, label: model })),
      { value: other, label: 'another one: type it' },
    ],
    keep,
  )
  if (choice === keep) return null
  return typeof choice === 'string' ? choice : questions.ask('Model, as <provider>/<model>', checkModel)
}

/** A suggestion that its provider does not list is gone; where no list could be had, all of them stay. */
export function modelsToOffer(lists: Lists, providers: ReadonlySet<string>): readonly string[] {
  return [...providers].flatMap((provider) => {
    const suggested = suggestions.filter((model) => model.startsWith(`${provider}/`))
    const list = lists.providers.find((entry) => entry.provider === provider)
    const listed = list?.fetchedAt ? list.models.map(({ name }) => `${provider}/${name}`) : null
    const fitting = listed === null ? suggested : suggested.filter((model) => listed.includes(model))
    const offered = fitting.length > 0 ? fitting : (listed ?? []).slice(0, listedMax)
    return offered.filter((model) => model !== lists.default)
  })
}

/**
 * Where nobody chose a model: the first suggestion for the first provider that has one, else the only model that a
 * provider lists. Of many that nothing is known of, none: it may be no model to talk with.
 * @param providers in the order in which they are wanted
 */
export function modelToBeginWith(lists: Lists, providers: readonly string[]): string | null {
  for (const provider of providers) {
    const [first, ...more] = modelsToOffer(lists, new Set([provider]))
    if (first !== undefined && (more.length === 0 || suggestions.includes(first))) return first
  }
  return null
}

function checkModel(text: string): string | null {
  try {
    parseModelRef(text)
    return null
  } catch (error) {
    return messageOf(error)
  }
}
