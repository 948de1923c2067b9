// The reference of traseai.json: every key of its schema with type, default and meaning.
import { configurationSchema } from '../src/sources/configuration-schema.ts'
import { describe, toJsonSchema, type JsonSchema } from './reference-types.ts'

export function configurationPage(): string {
  const defaults = configurationSchema.parse({})
  const rows = rowsOf(toJsonSchema(configurationSchema), '', defaults)
  return `\`traseai.json\` in the home directory: JSON with comments and trailing commas. Every key is optional. A change is taken up while the gateway runs; an unknown key, a wrong type or
broken syntax names file, line and key, and the last good configuration stays in use.

Durations are written as \`30s\`, \`5m\`, \`24h\` or \`7d\`.

| key | type | default | what it does |
|---|---|---|---|
${rows.join('\n')}`
}

function rowsOf(schema: JsonSchema, path: string, defaults: unknown): string[] {
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    row(field, path ? `${path}.${name}` : name, valueAt(defaults, name)),
  )
  const any =
    typeof schema.additionalProperties === 'object'
      ? rowsOf(schema.additionalProperties, `${path}.<name>`, undefined)
      : []
  return [...named, ...any, ...rowsOfKinds(schema.items?.oneOf ?? [], `${path}[]`)]
}

/** The entries of a list that differ by their `kind`: a row for each field, with the kinds that have it when it is not all of them. */
function rowsOfKinds(kinds: readonly JsonSchema[], path: string): string[] {
  const fields = new Map<string, { readonly name: string; readonly field: JsonSchema; readonly of: string[] }>()
  for (const { properties = {} } of kinds) {
    for (const [name, field] of Object.entries(properties)) {
      if (name === 'kind') continue
      const key = `${name} ${JSON.stringify(field)}`
      const known = fields.get(key) ?? { name, field, of: [] }
      known.of.push(describe(properties['kind'] ?? {}))
      fields.set(key, known)
    }
  }
  if (fields.size === 0) return []
  const all = kinds.map(({ properties }) => describe(properties?.['kind'] ?? {})).join(' \\| ')
  const rows = [...fields.values()].flatMap(({ name, field, of }) => {
    const only = of.length === kinds.length ? '' : `With ${of.join(' or ')}: `
    return row({ ...field, description: `${only}${field.description ?? ''}` }, `${path}.${name}`, undefined)
  })
  return [`| \`${path}.kind\` | \`${all}\` |  | What kind of entry it is. |`, ...rows]
}

function row(field: JsonSchema, path: string, value: unknown): string[] {
  const below = rowsOf(field, path, value)
  const isBranch = field.properties !== undefined
  // A record or a list of objects has a row for each of their keys, so it need not spell them out itself.
  const type = below.length > 0 ? (field.items ? 'list' : 'object') : describe(field).replaceAll('|', '\\|')
  const shown = value === undefined ? '' : `\`${JSON.stringify(value)}\``
  return [...(isBranch ? [] : [`| \`${path}\` | \`${type}\` | ${shown} | ${field.description ?? ''} |`]), ...below]
}

function valueAt(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined // reads any object by name
}
