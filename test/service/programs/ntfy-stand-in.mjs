// A ntfy server that prints what it is told, one JSON object a line, after a line that says that it listens: node ntfy-stand-in.mjs PORT
import http from 'node:http'

const server = http.createServer((request, response) => {
  let body = ''
  request.on('data', (piece) => (body += piece))
  request.on('end', () => {
    console.log(JSON.stringify({ path: request.url, title: request.headers.title, body }))
    response.end('{}')
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'))
