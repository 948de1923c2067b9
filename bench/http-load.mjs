// Model requests through the gateway, beside a bare proxy of 25 lines and beside no proxy at all; one process on each of two cores.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { makeHome, median, percentile, residentMegabytes, startGateway } from './measure.mjs'

/** Taken in turns, so that a busy moment of the machine does not hit one of them alone. */
const rounds = 6
const secondsEach = 0.5
const warmUpRequests = 2_000

const asked = JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'x'.repeat(900) }] })
const answered = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'y'.repeat(800) }, finish_reason: 'stop' }],
})
const answerHead = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-request-id: req_0123456789\r\nx-ratelimit-limit-requests: 5000\r\nx-ratelimit-remaining-requests: 4999\r\nserver: bench\r\ncontent-length: ${answered.length}\r\n\r\n`

export async function run() {
  const provider = await openProvider()
  const place = await makeHome({ models: { providers: { openai: { baseUrl: `http://127.0.0.1:${provider.port}` } } } })
  const gateway = await startGateway(place, {
    OPENAI_API_KEY_1: 'sk-bench-00000000000000000001',
    OPENAI_API_KEY_2: 'sk-bench-00000000000000000002',
  })
  const bare = await startBareProxy(provider.port)
  try {
    const { token } = await gateway.caller.call('clients.issue', { name: 'bench' })
    const { http } = await gateway.caller.call('gateway.status', {})
    const targets = [
      { name: 'no proxy', port: provider.port, path: '/v1/chat/completions' },
      { name: 'bare node:http and undici proxy', port: bare.port, path: '/v1/chat/completions' },
      { name: 'gateway', port: Number(new URL(http).port), path: '/openai/v1/chat/completions' },
    ]
    const rows = []
    for (const connections of [1, 64]) rows.push(...rowsOf(connections, await measureAll(targets, connections, token)))
    rows.push({ name: 'memory of the gateway after that', value: await residentMegabytes(gateway.pid), unit: 'MB' })
    return rows
  } finally {
    bare.stop()
    await gateway.stop()
    await place.remove()
    provider.close()
  }
}

async function measureAll(targets, connections, token) {
  const measured = targets.map((target) => ({ ...target, rates: [], latenciesMs: [] }))
  for (const target of measured)
    await load(target.port, requestFor(target, token), connections, { requests: warmUpRequests })
  for (let round = 0; round < rounds; round += 1) {
    for (const target of measured) {
      const { perSecond, latenciesMs } = await load(target.port, requestFor(target, token), connections, {
        seconds: secondsEach,
      })
      target.rates.push(perSecond)
      for (const latencyMs of latenciesMs) target.latenciesMs.push(latencyMs)
    }
  }
  return measured.map((target) => ({ ...target, perSecond: median(target.rates) }))
}

function requestFor(target, token) {
  return `POST ${target.path} HTTP/1.1\r\nhost: 127.0.0.1:${target.port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\naccept: application/json\r\naccept-encoding: gzip, deflate\r\nuser-agent: OpenAI/JS 6.0.0\r\nx-stainless-lang: js\r\nx-stainless-runtime: node\r\ncontent-length: ${asked.length}\r\n\r\n${asked}`
}

function rowsOf(connections, measured) {
  const reference = measured[1]
  return measured.flatMap(({ name, perSecond, latenciesMs }) => {
    const beside = name === 'gateway' ? { against: 'the bare proxy', ratio: perSecond / reference.perSecond } : {}
    const microseconds = [0.5, 0.99].map((p) => (percentile(latenciesMs, p) * 1_000).toFixed(0)).join(' ')
    return [
      { name: `requests, ${connections} connection(s), ${name}`, value: perSecond, unit: '/s', ...beside },
      { name: `  p50 and p99`, value: microseconds, unit: 'µs' },
    ]
  })
}

/** Each connection sends, waits for the whole answer, and sends again. */
async function load(
  port,
  request,
  connections,
  { seconds = Number.POSITIVE_INFINITY, requests = Number.POSITIVE_INFINITY },
) {
  const latenciesMs = []
  const startedAt = performance.now()
  const isOver = () => latenciesMs.length >= requests || performance.now() - startedAt >= seconds * 1_000
  const bytes = Buffer.from(request)
  await Promise.all(Array.from({ length: connections }, () => sendAgainAndAgain(port, bytes, latenciesMs, isOver)))
  return { perSecond: latenciesMs.length / ((performance.now() - startedAt) / 1_000), latenciesMs }
}

function sendAgainAndAgain(port, bytes, latenciesMs, isOver) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let sentAt = 0
    let left = -1
    const send = () => {
      sentAt = performance.now()
      socket.write(bytes)
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('close', resolve)
    socket.on('data', (chunk) => {
      if (left < 0) {
        const head = chunk.latin1Slice(0, Math.min(chunk.length, 2_048))
        const end = head.indexOf('\r\n\r\n')
        if (!head.startsWith('HTTP/1.1 200 ') || end < 0)
          return void socket.destroy(new Error(`not an answer: ${head}`))
        left = Number(/content-length: (\d+)/i.exec(head)[1]) - (chunk.length - end - 4)
      } else left -= chunk.length
      if (left > 0) return
      left = -1
      latenciesMs.push(performance.now() - sentAt)
      if (isOver()) socket.destroy()
      else send()
    })
  })
}

/** A provider that costs next to nothing: it counts bytes and answers the same to everything. */
async function openProvider() {
  const response = Buffer.from(answerHead + answered)
  const server = createServer({ noDelay: true }, (socket) => {
    let left = 0
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      if (left === 0) {
        const head = chunk.latin1Slice(0, Math.min(chunk.length, 4_096))
        left = head.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(head)[1])
      }
      left -= chunk.length
      if (left === 0) socket.write(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: server.address().port, close: () => server.close() }
}

/** The least that any proxy in this language does: header objects, streams, one pool. */
const bareProxy = `
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
const { Pool } = createRequire(process.argv[1])('undici')
const pool = new Pool('http://127.0.0.1:' + process.argv[2], { connections: 1024 })
const server = createServer((request, response) => {
  const { host, connection, 'content-length': length, ...headers } = request.headers
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', async () => {
    const answer = await pool.request({ path: request.url, method: request.method, headers, body: Buffer.concat(chunks) })
    response.writeHead(answer.statusCode, answer.headers)
    answer.body.pipe(response)
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

async function startBareProxy(providerPort) {
  const here = fileURLToPath(import.meta.url)
  const child = spawn(process.execPath, ['--input-type=module', '-e', bareProxy, here, String(providerPort)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return { port: Number(line), stop: () => child.kill() }
}
