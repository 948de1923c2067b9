// A stand-in for OpenAI's chat whose answers a test writes piece by piece, and sees being given up.
import type { ServerResponse } from 'node:http'
import type { Behaviour } from './provider-behaviour.ts'

export interface HeldAnswer {
  /** For one request. */
  readonly behaviour: Behaviour
  /** Sends a piece of text; resolves once the request is there. */
  say(text: string): Promise<void>
  /** Ends the answer, with these counts of tokens. */
  finish(usage?: { readonly input: number; readonly output: number }): Promise<void>
  /** Cuts the connection in the middle. */
  breakOff(): Promise<void>
  /** Resolves when the client has given the answer up. */
  readonly abandoned: Promise<void>
}

export function heldAnswer(): HeldAnswer {
  let begin: (response: ServerResponse) => void
  const begun = new Promise<ServerResponse>((resolve) => (begin = resolve))
  const send = async (data: object): Promise<void> => {
    const response = await begun
    await new Promise((resolve) => response.write(`data: ${JSON.stringify(data)}\n\n`, resolve))
  }
  const choice = (delta: object, finish: string | null = null): object => ({
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  return {
    behaviour(_request, response) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      begin(response)
    },
    say: (text) => send(choice({ content: text })),
    async finish(usage) {
      await send(choice({}, 'stop'))
      if (usage) {
        await send({ choices: [], usage: { prompt_tokens: usage.input, completion_tokens: usage.output } })
      }
      const response = await begun
      response.end('data: [DONE]\n\n')
    },
    breakOff: async () => void (await begun).destroy(),
    abandoned: begun.then((response) => new Promise((resolve) => response.on('close', resolve))),
  }
}

/** A whole answer at once. */
export function saying(text: string): Behaviour {
  return (request, response) => {
    const held = heldAnswer()
    held.behaviour(request, response)
    void held.say(text).then(() => held.finish())
  }
}
