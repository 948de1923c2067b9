// A zod schema in one line of words: `{profileId: string, until?: instant}`.
import * as z from 'zod'

export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly minimum?: number
  readonly maximum?: number
}

export function describeType(schema: z.ZodType): string {
  return `\`${describe(toJsonSchema(schema))}\``
}

export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema // the part of JSON Schema that zod writes
}

export function describe(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return choices.map(describe).join(' | ')
  if (schema.type === 'array') return `[${describe(schema.items ?? {})}]`
  if (schema.type === 'object') return describeObject(schema)
  if (schema.format === 'date-time') return 'instant'
  return schema.type === undefined ? 'any' : [schema.type].flat().join(' | ')
}

function describeObject(schema: JsonSchema): string {
  const required = new Set(schema.required)
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => `${name}${required.has(name) ? '' : '?'}: ${describe(field)}`,
  )
  if (fields.length > 0) return `{${fields.join(', ')}}`
  return typeof schema.additionalProperties === 'object' ? `{[name]: ${describe(schema.additionalProperties)}}` : '{}'
}
