// Asks for further keys by provider, one after the other.
import { readPasted } from '../../../domain/key-shape.ts'
import { builtInProviders, findProvider } from '../../../domain/provider-table.ts'
import type { Provider } from '../../../domain/provider.ts'
import type { Questions } from '../questions/questions.ts'
import type { KnownState } from './known-state.ts'
import { ending, freeId, givenName, knownAs, type Offer } from './offers.ts'
import { typedKey } from './plan.ts'

/** Nobody types more. */
const keysMax = 50

/**
 * @param chosen what is kept already, whose ids are taken
 * @param nothingElse there is no other key to go on with: Enter is a yes
 */
export async function askFurtherKeys(
  questions: Questions,
  known: KnownState,
  chosen: readonly Offer[],
  nothingElse: boolean,
): Promise<readonly Offer[]> {
  const offers: Offer[] = []
  const providers = builtInProviders.map((provider) => ({ value: provider, label: provider.name }))
  const first = findProvider(builtInProviders, 'anthropic')
  while (offers.length < keysMax) {
    const isFirst = offers.length === 0
    if (!(await questions.confirm(isFirst ? 'Type or paste a key?' : 'Another key?', isFirst && nothingElse))) break
    const provider = await questions.choose('Whose key is it?', providers, first)
    const offer = await askKey(questions, provider, known, [...chosen, ...offers])
    if (offer) offers.push(offer)
  }
  return offers
}

/** Null for one that is known already. */
async function askKey(
  questions: Questions,
  provider: Provider,
  known: KnownState,
  chosen: readonly Offer[],
): Promise<Offer | null> {
  const read = (text: string) => readPasted(text, provider, builtInProviders)
  const text = await questions.secret(`Key of ${provider.name}`, (answer) => {
    const pasted = read(answer)
    return 'refused' in pasted ? `this ${pasted.refused}: ${pasted.hint}` : null
  })
  const pasted = read(text)
  if ('refused' in pasted) return null // it was checked when it was asked for
  for (const note of pasted.notes) questions.say(`note: ${note}`)
  const key = typedKey(provider.id, pasted.kind ?? 'api_key', pasted.value)
  const same = knownAs(key, known.credentials)
  if (same !== null || chosen.some((offer) => offer.key.value === key.value)) {
    questions.say(same === null ? 'this key is chosen already' : `the gateway has this key already: ${same}`)
    return null
  }
  const place = await askPlace(questions, `${provider.id}:${givenName(key.kind)}`, known, chosen)
  questions.item(`${place.profileId}${ending(key.value)}, to be stored`)
  return { key, ...place }
}

/** An id that is taken can get a new value, or the key gets an id of its own. */
async function askPlace(
  questions: Questions,
  id: string,
  known: KnownState,
  chosen: readonly Offer[],
): Promise<Pick<Offer, 'profileId' | 'replaces'>> {
  const planned = chosen.map(({ profileId }) => profileId)
  const taken = new Set([...planned, ...known.credentials.map(({ profileId }) => profileId), ...known.foreignIds])
  const fresh = { profileId: freeId(id, taken), replaces: null }
  const there = known.credentials.find(({ profileId }) => profileId === id)
  if (!there || planned.includes(id)) return fresh
  const end = there.last4 === undefined ? '' : ` (…${there.last4})`
  const choices = [
    { value: fresh, label: `keep both, this one as ${fresh.profileId}` },
    { value: { profileId: id, replaces: there.last4 ?? '' }, label: `replace the value of ${id}` },
  ]
  return questions.choose<Pick<Offer, 'profileId' | 'replaces'>>(`${id} is there already${end}`, choices, fresh)
}
