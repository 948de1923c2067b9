// The clients of the soak: mixed requests at a steady rate, some of which leave, and a count of how each ended.
import { Agent, request as httpRequest } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { chatRequest } from './load.mjs'

/** Of a thousand requests. */
const mix = { small: 850, large: 80, stream: 50, leave: 10, reset: 5, cut: 5 }
const bodies = { small: chatRequest(1_000), large: chatRequest(64_000) }
const leaveAfterMs = 200
const sessions = 100
/** More are not begun: the machine is then too slow for the rate, and the output says so. */
const underWayMax = 2_000
const tickMs = 10

const deck = Object.entries(mix).flatMap(([kind, count]) => Array.from({ length: count }, () => kind))

export function openLoad(target) {
  const agent = new Agent({ keepAlive: true, maxSockets: underWayMax })
  const ends = new Map()
  let underWay = 0
  let begun = 0
  let left = 0

  async function one() {
    const kind = deck[(begun * 617) % deck.length] // 617 is prime: the kinds come mixed, the same in each run
    const session = `soak-${begun % sessions}`
    begun++
    underWay++
    const end = `${kind} ${await ask(agent, target, kind, session)}`
    underWay--
    ends.set(end, (ends.get(end) ?? 0) + 1)
  }

  return {
    ends: () => Object.fromEntries([...ends].toSorted(([a], [b]) => a.localeCompare(b))),
    begun: () => begun,
    /** Requests that were due and not begun. */
    left: () => left,
    underWay: () => underWay,
    /** As many as `clients` get done one after the other: requests a second. */
    async peak(clients, seconds) {
      const from = begun
      const until = performance.now() + seconds * 1_000
      const client = async () => {
        while (performance.now() < until) await one()
      }
      await Promise.all(Array.from({ length: clients }, client))
      return (begun - from) / seconds
    },
    /** `perSecond`, whatever becomes of them, until `isOver`. */
    async steady(perSecond, isOver) {
      const startedAt = performance.now()
      for (let due = 0; !isOver();) {
        const all = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond)
        for (; due < all; due++) {
          if (underWay < underWayMax) void one()
          else left++
        }
        await delay(tickMs)
      }
    },
    async finish() {
      while (underWay > 0) await delay(tickMs)
      agent.destroy()
    },
  }
}

/** How it ended, in a word: the status, `left`, or `cut`. */
function ask(agent, { port, path, headers }, kind, session) {
  const body = bodies[kind] ?? chatRequest(1_000, { stream: true })
  const all = { ...headers, 'content-type': 'application/json', 'content-length': body.length, 'x-soak': kind }
  return new Promise((resolve) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method: 'POST', agent, headers: { ...all, 'x-traseai-session': session } },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.complete ? response.statusCode : 'cut'))
        response.on('error', () => resolve('cut'))
        response.on('close', () => resolve('cut'))
      },
    )
    request.on('error', (error) => resolve(kind === 'leave' ? 'left' : error.code))
    request.on('close', () => resolve(kind === 'leave' ? 'left' : 'cut'))
    request.end(body)
    if (kind === 'leave') setTimeout(() => request.destroy(), leaveAfterMs)
  })
}
