// Which shape of the table a value has, and whose key it is by its beginning.
import { type KeyShape, keyShapeTable, otherServices } from './key-shape-table.ts'

export interface KeyOwner {
  /** The name of a service, or null for one of the provider table. */
  readonly service: string | null
  /** The id in the provider table, or null. */
  readonly providerId: string | null
  readonly prefix: string
}

const alphabets = {
  hex: /^[0-9a-fA-F]*$/,
  alphanumeric: /^[0-9A-Za-z]*$/,
  base64url: /^[0-9A-Za-z_-]*$/,
  dotted: /^[0-9A-Za-z_.-]*$/,
} as const satisfies Record<KeyShape['characters'], RegExp>

/** Nobody's keys are longer where the table says nothing: a JSON web token may come near it. */
const charactersMax = 4_096

/** The shapes of a provider, none for one that is not in the table. */
export function shapesOf(providerId: string): readonly KeyShape[] {
  return Object.hasOwn(keyShapeTable, providerId) ? (keyShapeTable[providerId] ?? []) : []
}

/** The shape that a value has in all respects; of several the one with the longest prefix. */
export function matchingShape(value: string, providerId: string): KeyShape | null {
  const fits = ({ prefix, characters, least, most = charactersMax, refused }: KeyShape): boolean =>
    refused === undefined &&
    value.startsWith(prefix) &&
    value.length >= least &&
    value.length <= most &&
    alphabets[characters].test(value.slice(prefix.length))
  return longestPrefix(shapesOf(providerId).filter(fits))
}

/** The shape that a value begins like, whatever follows. */
export function shapeOfPrefix(value: string, providerId: string): KeyShape | null {
  return longestPrefix(shapesOf(providerId).filter(({ prefix }) => prefix !== '' && value.startsWith(prefix)))
}

/** Whose key it is by its beginning; null when that tells nothing. */
export function ownerOf(value: string): KeyOwner | null {
  return owners.find(({ prefix }) => value.startsWith(prefix)) ?? null
}

/** The longest prefix first: `sk-or-v1-` before `sk-or-`. */
const owners: readonly KeyOwner[] = [
  ...Object.entries(keyShapeTable).flatMap(([providerId, shapes]) =>
    shapes
      .filter(({ prefix, isShared }) => prefix !== '' && isShared === undefined)
      .map(({ prefix }) => ({ service: null, providerId, prefix })),
  ),
  ...Object.entries(otherServices).map(([prefix, service]) => ({ service, providerId: null, prefix })),
].toSorted((a, b) => b.prefix.length - a.prefix.length)

function longestPrefix(shapes: readonly KeyShape[]): KeyShape | null {
  return shapes.toSorted((a, b) => b.prefix.length - a.prefix.length)[0] ?? null
}
