// The held body of an answer as a value.
import { decodeBody } from './decode-body.ts'
import type { Answer } from './upstream/answer.ts'

/** The JSON value; the text itself when it is none (`[DONE]`, a page of a proxy), which is then all there is to judge. */
export function parseAnswer({ held, contentEncoding }: Pick<Answer, 'held' | 'contentEncoding'>): unknown {
  return parseJson(decodeBody(Buffer.concat(held), contentEncoding).toString('utf8'))
}

/** See `parseAnswer`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
