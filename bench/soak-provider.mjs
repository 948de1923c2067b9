// The provider of the soak, as a process: good answers, streams, a limit on each key now and then, and what goes wrong on request.
import { createServer } from 'node:http'

/** Of each key (by its last character): a second of refusals in so many. */
const refusesEverySeconds = { 1: 17, 2: 23, 3: 29 }
const events = 8
const eventEveryMs = 120
const answer = JSON.stringify({ object: 'chat.completion', choices: [{ message: { content: 'y'.repeat(900) } }] })
const event = `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ delta: { content: 'some words' } }] })}\n\n`

/** By the header `x-soak`. */
const behaviours = {
  small: (response) => sendJson(response, 200, answer),
  large: (response) => sendJson(response, 200, answer.repeat(16)),
  stream: (response) => sendEvents(response, events, () => response.end('data: [DONE]\n\n')),
  leave: (response) => sendEvents(response, events, () => response.end()),
  reset: (response) => response.socket.destroy(),
  cut: (response) => sendEvents(response, 2, () => response.socket?.destroy()),
}

const server = createServer({ noDelay: true, keepAliveTimeout: 5_000 }, (request, response) => {
  request.resume()
  request.on('end', () => {
    const every = refusesEverySeconds[request.headers.authorization?.at(-1) ?? '']
    if (Math.floor(Date.now() / 1_000) % every === 0) {
      const error = { type: 'rate_limit_exceeded', code: 'rate_limit_exceeded', message: 'Rate limit reached' }
      return sendJson(response, 429, JSON.stringify({ error }), { 'retry-after': '1' })
    }
    behaviours[request.headers['x-soak']](response)
  })
})
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4_096 })

function sendJson(response, status, text, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length, ...headers })
  response.end(text)
}

function sendEvents(response, count, then) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  const timer = setInterval(() => {
    response.write(event)
    if (++sent < count) return
    clearInterval(timer)
    then()
  }, eventEveryMs)
  response.on('close', () => clearInterval(timer))
  response.write(event)
}
