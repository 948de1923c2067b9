// The load of the gateway's benches, the same for every target: requests one after the other, from many clients at once, and event streams.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { onCores } from './measure.mjs'

const runProgram = promisify(execFile)
const wrkPath = '/usr/bin/wrk'
export const hasWrk = () => existsSync(wrkPath)

const clientHeaders = {
  'content-type': 'application/json',
  accept: 'application/json',
  'accept-encoding': 'gzip, deflate',
  'user-agent': 'OpenAI/JS 6.0.0',
  'x-stainless-lang': 'js',
  'x-stainless-runtime': 'node',
}

/** A chat request of about this many bytes. */
export function chatRequest(bytes, more = {}) {
  const frame = JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: '' }], ...more })
  const content = 'x'.repeat(Math.max(1, bytes - frame.length))
  return JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content }], ...more })
}

/** The bytes of a request as an SDK sends it. */
export function requestBytes({ port, path, headers }, body) {
  const all = { host: `127.0.0.1:${port}`, ...clientHeaders, ...headers, 'content-length': Buffer.byteLength(body) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/** Requests a second of `clients` connections that each wait for the whole answer before they ask again; any other status than 200 throws. */
export async function throughput(target, body, { clients, seconds, folder, cores }) {
  if (!hasWrk()) return throughputOfNode(requestBytes(target, body), target.port, clients, seconds)
  const headers = Object.entries({ ...clientHeaders, ...target.headers })
  const script = join(folder, `wrk-${target.port}.lua`)
  const lines = [
    'wrk.method = "POST"',
    `wrk.body = [==[${body}]==]`,
    ...headers.map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`),
    'done = function(summary) local e = summary.errors',
    'io.stderr:write(string.format("%d %d %d\\n", summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout)) end',
  ]
  await writeFile(script, lines.join('\n'), { mode: 0o600 })
  const url = `http://127.0.0.1:${target.port}${target.path}`
  const [program, ...args] = onCores(cores, [wrkPath, '-t1', `-c${clients}`, `-d${seconds}s`, '-s', script, url])
  const { stderr } = await runProgram(program, args)
  const [requests, microseconds, errors] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
  if (errors > 0 || !(requests > 0)) throw new Error(`${errors} of ${requests} requests failed`)
  return { requests, perSecond: requests / (microseconds / 1e6) }
}

async function throughputOfNode(bytes, port, clients, seconds) {
  const startedAt = performance.now()
  let requests = 0
  const isOver = () => performance.now() - startedAt >= seconds * 1_000
  await Promise.all(Array.from({ length: clients }, () => askAgainAndAgain(port, bytes, () => requests++, isOver)))
  return { requests, perSecond: requests / ((performance.now() - startedAt) / 1_000) }
}

/** Milliseconds of each request of one client that asks for `seconds`, or `requests` times. */
export async function latencies(target, body, { seconds = Infinity, requests = Infinity }) {
  const times = []
  const startedAt = performance.now()
  const isOver = () => times.length >= requests || performance.now() - startedAt >= seconds * 1_000
  await askAgainAndAgain(target.port, requestBytes(target, body), (ms) => times.push(ms), isOver)
  return times
}

/** One connection: asks, waits for the whole answer, asks again; follows a server that ends a connection between two answers. */
function askAgainAndAgain(port, bytes, onAnswer, isOver) {
  return new Promise((resolve, reject) => {
    const open = () => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      const answers = openAnswerReader()
      let sentAt = 0
      const send = () => {
        sentAt = performance.now()
        socket.write(bytes)
      }
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('end', open)
      socket.on('data', (chunk) => {
        const { isWhole, status, head } = answers(chunk)
        if (!isWhole) return
        if (status !== 200) return void socket.destroy(new Error(`not an answer: ${head}`))
        onAnswer(performance.now() - sentAt)
        if (!isOver()) return send()
        socket.destroy()
        resolve()
      })
    }
    open()
  })
}

/** Reads one answer after the other, by its length or to the last chunk. */
export function openAnswerReader() {
  let head = ''
  let status = 0
  /** Bytes to come; null when the answer comes in chunks. */
  let left = null
  let tail = ''
  let isInBody = false
  return (chunk) => {
    let body = chunk
    if (!isInBody) {
      head += chunk.latin1Slice(0, Math.min(chunk.length, 8_192))
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return { isWhole: false, status: 0, head }
      status = Number(head.slice(9, 12))
      body = chunk.subarray(chunk.length - (head.length - end - 4) - Math.max(0, chunk.length - 8_192))
      head = head.slice(0, end)
      const length = /^content-length: (\d+)/im.exec(head)
      left = length ? Number(length[1]) : null
      tail = '\r\n'
      isInBody = true
    }
    if (left === null) tail = (tail + body.latin1Slice(Math.max(0, body.length - 16))).slice(-16)
    else left -= body.length
    const isWhole = left === null ? tail.endsWith('\r\n0\r\n\r\n') : left <= 0
    const answered = { isWhole, status, head }
    if (isWhole) {
      isInBody = false
      head = ''
    }
    return answered
  }
}

/**
 * Event streams, `perSecond` opened a second up to `count`. Resolves when all have ended; `onAllOpen` is called when the last was opened.
 * What comes back: milliseconds to each first byte, milliseconds that each later event took from provider to client, and what went wrong.
 */
export async function streams(target, body, { count, perSecond, onAllOpen = async () => undefined }) {
  const bytes = requestBytes(target, body)
  const seen = { firstByteMs: [], delayMs: [], errors: [] }
  const startedAt = performance.now()
  const ends = []
  for (let opened = 0; opened < count;) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / 1_000) * perSecond))
    for (; opened < due; opened++) ends.push(oneStream(target.port, bytes, seen))
    await delay(2)
  }
  await onAllOpen()
  await Promise.all(ends)
  return seen
}

function oneStream(port, bytes, seen) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let sentAt = 0
    let isFirst = true
    let isWhole = false
    socket.setTimeout(60_000, () => socket.destroy(new Error('silent for 60 s')))
    socket.on('connect', () => {
      sentAt = performance.now()
      socket.write(bytes)
    })
    socket.on('data', (chunk) => {
      const text = chunk.latin1Slice()
      if (isFirst) {
        seen.firstByteMs.push(performance.now() - sentAt)
        if (!text.startsWith('HTTP/1.1 200 ')) return void socket.destroy(new Error(text.slice(0, 300)))
      } else noteDelays(text, seen.delayMs)
      isFirst = false
      if (!text.includes('[DONE]')) return
      isWhole = true
      socket.destroy()
    })
    socket.on('error', (error) => seen.errors.push(error.message))
    socket.on('close', () => {
      if (!isWhole && !socket.errored) seen.errors.push('ended before its last event')
      resolve()
    })
  })
}

function noteDelays(text, delayMs) {
  const nowUs = Number(process.hrtime.bigint() / 1_000n)
  for (const [, sentUs] of text.matchAll(/"sent_us":(\d+)/g)) delayMs.push((nowUs - Number(sentUs)) / 1_000)
}
