// Callers of a gateway that never rest, over its control socket and over HTTP, each call on a new connection, until standard input ends.
// node callers.mjs SOCKET URL TOKEN; prints a dot for each answer, and in the end, on a line of its own, `{ answered, refused }` as JSON: how
// many were answered on each way, and what went wrong with the others.
import http from 'node:http'
import net from 'node:net'

const [socket, url, token] = process.argv.slice(2)
const answered = { control: 0, http: 0 }
const refused = []
let goesOn = true
process.stdin.on('end', () => (goesOn = false)).resume()

const status = '{"jsonrpc":"2.0","id":1,"method":"gateway.status","params":{}}\n'

function callControl() {
  return new Promise((resolve) => {
    let text = ''
    const connection = net.connect(socket, () => connection.write(status))
    connection.on('data', (piece) => {
      text += piece
      if (!text.endsWith('\n')) return
      connection.destroy()
      resolve(JSON.parse(text).result ? null : text)
    })
    connection.on('error', (error) => resolve(error.message))
    connection.on('close', () => resolve(`closed after "${text}"`))
  })
}

function callHttp() {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const request = http.request(
      `${url}/openai/v1/chat/completions`,
      { method: 'POST', headers, agent: false },
      (response) => {
        let text = ''
        response.on('data', (piece) => (text += piece))
        response.on('end', () => resolve(response.statusCode === 200 ? null : `${response.statusCode} ${text}`))
        response.on('error', (error) => resolve(`in the answer: ${error.message}`))
      },
    )
    request.on('error', (error) => resolve(error.message))
    request.end('{"model":"gpt-5","messages":[]}')
  })
}

async function keepCalling(kind, call) {
  while (goesOn) {
    const trouble = await call()
    if (trouble !== null) {
      refused.push(`${kind}: ${trouble}`)
      continue
    }
    answered[kind]++
    process.stdout.write('.')
  }
}

const callers = [
  ...Array.from({ length: 20 }, () => keepCalling('control', callControl)),
  ...Array.from({ length: 20 }, () => keepCalling('http', callHttp)),
]
await Promise.all(callers)
console.log(`\n${JSON.stringify({ answered, refused: refused.slice(0, 20) })}`)
