// Reads a pasted key: what it is without what surrounds it, whether it can be a key of its provider, and if not, why.
import { isClientToken } from './client-token.ts'
import { matchingShape, ownerOf, shapeOfPrefix, shapesOf } from './key-shape-match.ts'
import type { KeyShape } from './key-shape-table.ts'
import { ownersByName } from './key-variables.ts'
import { unwrapPasted } from './pasted-text.ts'
import type { Provider } from './provider.ts'

/** What a paste turned out to be. No text in it holds any part of the value but a prefix that the provider documents. */
export type Pasted = PastedKey | RefusedPaste

export interface PastedKey {
  readonly value: string
  /** Where the provider takes keys and tokens in different ways: which of them it is. Null when its shape does not tell. */
  readonly kind: 'api_key' | 'token' | null
  /** What is odd about it, a clause each. */
  readonly notes: readonly string[]
}

export interface RefusedPaste {
  /** Completes "this …". */
  readonly refused: string
  readonly hint: string
}

export interface ShapeProblem {
  /** `error`: it cannot be a key of the provider. `warning`: it would be an unusual one. */
  readonly severity: 'error' | 'warning'
  /** Completes "this …"; never a part of the value. */
  readonly message: string
  readonly hint: string
}

/** No built-in provider has shorter keys; one that was added or pointed elsewhere may take anything. */
const charactersMin = 16
/** A shorter piece of a paste is no second key, whatever it begins with. */
const secondKeyCharactersMin = 20
/** Within a key, a shorter prefix can be chance. */
const tellingPrefixMin = 6

/**
 * The key in a pasted text. Quotes, `export NAME=`, white space around it and invisible characters are taken off, and one
 * that was wrapped is joined when it has the shape of the provider's keys then. Refused is what is surely wrong; what is
 * merely unusual gets a note, because a provider may change its keys tomorrow.
 * @param providers all that are known, to tell whose variable or key it is
 */
export function readPasted(pasted: string, provider: Provider, providers: readonly Provider[]): Pasted {
  const { text, names } = unwrapPasted(pasted)
  const copyAgain = `copy all of it from where ${provider.name} showed it, or make a new one`
  if (text === '') return refusal('is empty', `paste the key that ${provider.name} gave you`)
  const elsewhere = variableOfAnother(names, provider, providers)
  if (elsewhere) return elsewhere
  if (isClientToken(text)) {
    const what = "is a token of this gateway, which programs show in place of a provider's key"
    return refusal(what, `paste the key that ${provider.name} gave you`)
  }
  if (/(?:…|\.{3,})$/.test(text)) return refusal('was cut short: it ends in dots', copyAgain)
  if (/…|\.{3,}|\*{3,}|[•●]{3,}/.test(text))
    return refusal('is masked: dots or stars stand for a part of it', copyAgain)
  if (placeholder.test(text)) return refusal('is a placeholder', `paste the key that ${provider.name} gave you`)
  const joined = inOnePiece(text, provider)
  return 'refused' in joined ? joined : judge(joined, provider, providers)
}

/** What is wrong or odd about a value that is in use; null when nothing is. */
export function shapeProblem(value: string, provider: Provider, providers: readonly Provider[]): ShapeProblem | null {
  const read = readPasted(value, provider, providers)
  if ('refused' in read) return { severity: 'error', message: read.refused, hint: read.hint }
  if (read.value !== value.trim()) {
    const message = 'has quotes, white space or other characters in it that are no part of a key'
    return { severity: 'error', message, hint: 'set it again without them' }
  }
  const [note] = read.notes
  return note === undefined
    ? null
    : { severity: 'warning', message: note, hint: `compare it with what ${provider.name} shows` }
}

/** `<your key>`, `$ANTHROPIC_API_KEY`, `YOUR_API_KEY`: what examples have in the place of a key. */
const placeholder = /^<[^<>]*>$|^\$\{?\w+\}?$|^(?:sk-)?your[-_ ]?(?:\w+[-_ ])?(?:key|token)\b/i

function variableOfAnother(
  names: readonly string[],
  provider: Provider,
  providers: readonly Provider[],
): RefusedPaste | null {
  const ownersOf = ownersByName(providers)
  for (const name of names) {
    const owners = ownersOf(name)
    const [first] = owners
    if (!first || owners.some(({ id }) => id === provider.id)) continue
    return refusal(`sets ${name}, which holds a key of ${first.name}, not of ${provider.name}`, meant(first.id))
  }
  return null
}

/** A text without white space: as it is, or joined from the lines that it was wrapped into. */
function inOnePiece(text: string, provider: Provider): PastedKey | RefusedPaste {
  const pieces = text.split(/\\?\s+/)
  if (pieces.length === 1) return { value: text, kind: null, notes: [] }
  const alone = `paste the key of ${provider.name} alone`
  const keys = pieces.filter((piece) => piece.length >= secondKeyCharactersMin && ownerOf(piece) !== null)
  if (keys.length > 1) return refusal('holds more than one key', `${alone}; each further one gets a name of its own`)
  const joined = pieces.join('')
  // Another provider's key is joined as well, to be told as such.
  const issuer = ownerOf(joined)?.providerId ?? provider.id
  const shape = matchingShape(joined, issuer)
  const isComplete = pieces.some((piece) => matchingShape(piece, issuer)?.usual === piece.length)
  // A line break is what wrapping makes. Spaces alone are so only when the length comes out right.
  if (shape && !isComplete && (/[\r\n]/.test(text) || joined.length === shape.usual)) {
    return { value: joined, kind: null, notes: [`came in ${pieces.length} pieces, which were joined`] }
  }
  if (keys.length === 0 && !isComplete)
    return refusal('looks like text, not like a key: there is white space in it', alone)
  const begun = shapeOfPrefix(joined, issuer)
  if (begun && joined.length < begun.least) return cutShort(joined, begun)
  return refusal('has other text beside the key', alone)
}

function judge({ value, notes }: PastedKey, provider: Provider, providers: readonly Provider[]): Pasted {
  const strange = /[^\x21-\x7e]/u.exec(value)
  if (strange) return strangeCharacter(strange[0], strange.index)
  const own = shapeOfPrefix(value, provider.id)
  const wrong = surelyWrong(value, own, provider, providers)
  const kind = own?.kind ?? null
  // A provider that was added, or pointed elsewhere, may be a proxy that takes others' keys or some of its own.
  if (wrong && provider.origin !== 'built-in') return { value, kind, notes: [...notes, wrong.refused] }
  if (wrong) return wrong
  const odd = oddity(value, provider)
  return { value, kind, notes: odd === null ? notes : [...notes, odd] }
}

function surelyWrong(
  value: string,
  own: KeyShape | null,
  provider: Provider,
  providers: readonly Provider[],
): RefusedPaste | null {
  const owner = ownerOf(value)
  if (owner && owner.providerId !== provider.id && owner.prefix.length > (own?.prefix.length ?? 0)) {
    const name = owner.service ?? providers.find(({ id }) => id === owner.providerId)?.name ?? owner.prefix
    return refusal(`looks like a key of ${name}, not of ${provider.name}`, meant(owner.providerId))
  }
  if (own?.refused) return refusal(`is ${own.refused.what}`, own.refused.hint)
  if (own && own.prefix.length >= tellingPrefixMin && value.indexOf(own.prefix, 1) > 0) {
    return refusal('holds two keys without anything between them', `paste the key of ${provider.name} alone`)
  }
  if (own && value.length < own.least) return cutShort(value, own)
  if (provider.origin === 'built-in' && value.length < charactersMin) {
    return refusal(`is too short for a key: ${value.length} characters`, `copy all of the key of ${provider.name}`)
  }
  return null
}

function oddity(value: string, { id, name, origin }: Provider): string | null {
  const shapes = shapesOf(id)
  if (shapes.length === 0 || origin !== 'built-in') return null
  const shape = matchingShape(value, id)
  if (shape === null) {
    const known = shapes.filter(({ prefix, refused }) => prefix !== '' && !refused).map(({ prefix }) => prefix)
    return `does not look like a key of ${name}${known.length === 0 ? '' : `, which begin with ${known.join(' or ')}`}`
  }
  if (shape.usual === undefined || value.length >= shape.usual) return null
  return `has ${value.length} characters, where such keys of ${name} have ${shape.usual}: check that it is whole`
}

function cutShort(value: string, { prefix, least }: KeyShape): RefusedPaste {
  const what = `was cut short: it has ${value.length} characters, and one that begins with ${prefix} has at least ${least}`
  return refusal(what, 'copy all of it, from the first character to the last')
}

function strangeCharacter(character: string, index: number): RefusedPaste {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const what = `has a character that no key has: U+${code} at place ${index + 1}`
  return refusal(what, 'a word processor or a chat may have changed it: copy it from where the provider showed it')
}

function meant(providerId: string | null): string {
  return providerId === null ? 'paste a key of the provider that you named' : `did you mean --provider ${providerId}?`
}

function refusal(refused: string, hint: string): RefusedPaste {
  return { refused, hint }
}
