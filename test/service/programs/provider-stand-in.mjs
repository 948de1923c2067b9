// A provider on this machine that has the same answer for everyone, over HTTP or, with a key and its certificate, over TLS.
// node provider-stand-in.mjs PORT [KEY.pem CERTIFICATE.pem]
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'

const [port, key, cert] = process.argv.slice(2)
const answer = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'test',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello from here' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 4 },
})
const chunk = {
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { content: 'hello from here' }, finish_reason: 'stop' }],
}

function respond(request, response) {
  let body = ''
  request.on('data', (piece) => (body += piece))
  request.on('end', () => {
    const streams = body.includes('"stream":true')
    response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' })
    response.end(streams ? `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n` : answer)
  })
}

const server = key
  ? https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, respond)
  : http.createServer(respond)
server.listen(Number(port), '127.0.0.1', () => console.log('listening'))
