// What a request asks a provider for, by the path it asks at: the names are OpenTelemetry's (gen_ai.operation.name).

/** By the last words of a path; the longer ones first where one ends with another. */
const operations: readonly (readonly [string, string])[] = [
  ['/chat/completions', 'chat'],
  ['/messages', 'chat'],
  ['/responses', 'chat'],
  ['/completions', 'text_completion'],
  ['/embeddings', 'embeddings'],
  [':generateContent', 'generate_content'],
  [':streamGenerateContent', 'generate_content'],
  [':embedContent', 'embeddings'],
  [':batchEmbedContents', 'embeddings'],
  ['/v2/chat', 'chat'],
  ['/v2/embed', 'embeddings'],
]

/** Null for what generates nothing, such as a list of models. `path` may have a query. */
export function operationOf(path: string): string | null {
  const query = path.indexOf('?')
  const plain = query < 0 ? path : path.slice(0, query)
  for (const [end, operation] of operations) if (plain.endsWith(end)) return operation
  return null
}
