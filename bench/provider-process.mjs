// A provider as a process: `answers` gives one and the same to every request, `streams` gives events with a time in each.
import { createServer } from 'node:net'
import { createServer as createHttpServer } from 'node:http'

/** A chat's answer in pieces: 20 events in 10 s. */
const events = 20
const eventEveryMs = 500

const [, , kind, port, answer] = process.argv
const servers = { answers, streams }
servers[kind]().listen({ port: Number(port), host: '127.0.0.1', backlog: 4_096 })

/** Costs next to nothing: it counts bytes and answers the same to everything. */
function answers() {
  const response = Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: ${new Date().toUTCString()}\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`,
  )
  return createServer({ noDelay: true }, (socket) => {
    let left = 0
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      if (left === 0) {
        const head = chunk.latin1Slice(0, Math.min(chunk.length, 4_096))
        left = head.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      }
      left -= chunk.length
      if (left === 0) socket.write(response)
    })
  })
}

function streams() {
  return createHttpServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume()
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
      let sent = 0
      const send = () => {
        sent++
        // The first event of a real stream says who speaks, and the first content follows at once.
        const opening = sent === 1 ? chatEvent({ role: 'assistant', content: '' }) : ''
        response.write(`${opening}${chatEvent({ content: 'a few words of an answer' })}`)
        if (sent < events) return
        clearInterval(timer)
        response.end('data: [DONE]\n\n')
      }
      const timer = setInterval(send, eventEveryMs)
      response.on('close', () => clearInterval(timer))
      send()
    })
  })
}

/** `sent_us` is a time of the clock that all processes of a machine share. */
function chatEvent(delta) {
  const sentUs = Number(process.hrtime.bigint() / 1_000n)
  const choices = [{ index: 0, delta, finish_reason: null }]
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-5', sent_us: sentUs, choices })}\n\n`
}
