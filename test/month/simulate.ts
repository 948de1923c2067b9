// A month of requests in minutes: the real gateway over real sockets, with the clock in hand, against organisations with real limits.
import { Agent, request as httpRequest } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseProfileId } from '../../src/domain/ids.ts'
import type { Configuration } from '../../src/sources/configuration-schema.ts'
import { openRoom, type Room, token } from '../gateway/room.ts'
import { type Arrival, arrivals } from './arrivals.ts'
import { servable } from './oracle.ts'
import { type Organisation, type ProviderName, providerNames } from './organisations.ts'
import { type MonthReport, openRecorder } from './report.ts'
import { askedHeader, openStandIn, type StandIn } from './stand-in.ts'
import { type Trouble, troublesOf } from './troubles.ts'

export interface MonthOptions {
  readonly days: number
  readonly seed: number
  /** What a user would configure; quota groups are configured as the organisations are. */
  readonly strategies?: Configuration['auth']['strategies']
  readonly knowsGroups?: boolean
  readonly onProgress?: (share: number) => void
}

const start = Date.parse('2026-01-01T00:00:00.000Z')
const holdMs = 2_000

/** Runs it and says what came of it. The same seed has the same requests; herds may reach the provider in another order. */
export async function simulateMonth(options: MonthOptions): Promise<MonthReport> {
  const { days, seed, onProgress } = options
  const all = arrivals(start, days, seed)
  const troubles = troublesOf(start, days)
  let now = (): number => start
  const standIn = await openStandIn(() => now())
  const world = await openMonth(standIn, options)
  now = () => world.now()
  const recorder = openRecorder(standIn, servable(all, troubles, holdMs))
  try {
    const turns = turnsOf(troubles)
    for (let index = 0; index < all.length;) {
      const at = all[index]?.at ?? 0
      for (let turn = turns[0]; turn && turn.at <= at; turn = turns[0]) {
        turns.shift()
        await world.moveTo(turn.at)
        if (takesEffect(standIn, turn) === 'restart') await world.restart(environment(standIn))
      }
      await world.moveTo(at)
      // All of one moment at once: a herd.
      for (let next = all[index]; next?.at === at; next = all[index]) {
        const arrival = next
        void world.ask(arrival).then((status) => recorder.note(world.room(), arrival, status))
        index++
      }
      await world.settled()
      onProgress?.(index / all.length)
    }
    await world.finish()
    return recorder.report(world.rooms())
  } finally {
    await world.close()
    await standIn.close()
  }
}

/** Turns of the event loop without an end after which the gateway is asked how many wait in it, and after which something hangs. */
const turnsBeforeAsking = 25
const turnsMax = 100_000

interface Month {
  now(): number
  room(): Room
  rooms(): readonly Room[]
  /** One request; the status of its answer, once it has all of it. */
  ask(arrival: Arrival): Promise<number>
  /** Time goes on; what is due on the way happens at its time. */
  moveTo(moment: number): Promise<void>
  /** Resolves when nothing moves: every request was answered, is worked on by the provider, or waits in the gateway for a reset. */
  settled(): Promise<void>
  /** Lets everything that was asked come to its end. */
  finish(): Promise<void>
  restart(env: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

async function openMonth(standIn: StandIn, { strategies = {}, knowsGroups = true }: MonthOptions): Promise<Month> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const rooms = [
    await openRoom({
      env: environment(standIn),
      settings: { holdMs },
      baseUrls: Object.fromEntries(providerNames.map((name) => [name, standIn.url])),
      auth: { strategies, quotaGroups: knowsGroups ? groupsOf(standIn.organisations) : {} },
    }),
  ]
  const room = (): Room => rooms.at(-1) as Room // there is one from the beginning
  const now = (): number => room().clock.now()
  let unfinished = 0

  const settled = async (): Promise<void> => {
    for (let turns = 1; unfinished !== standIn.held(); turns++) {
      await nextTurn()
      if (turns % turnsBeforeAsking === 0 && unfinished === standIn.held() + (await waitingIn(agent, room().url)))
        return
      if (turns > turnsMax) throw new Error(`${unfinished} requests hang at ${new Date(now()).toISOString()}`)
    }
  }
  const nextAt = (): number => Math.min(standIn.dueAt() ?? Infinity, room().clock.nextAt() ?? Infinity)
  const moveTo = async (moment: number): Promise<void> => {
    for (let next = 0; next < moment;) {
      next = Math.min(moment, nextAt())
      room().clock.advance(Math.max(0, next - now()))
      standIn.sendDue()
      await settled()
    }
  }
  const finish = async (): Promise<void> => {
    while (unfinished > 0) await moveTo(nextAt())
  }
  return {
    now,
    room,
    rooms: () => rooms,
    async ask(arrival) {
      unfinished++
      const status = await send(agent, room().url, arrival)
      unfinished--
      return status
    },
    moveTo,
    settled,
    finish,
    async restart(env) {
      await finish()
      rooms.push(await room().restart(env))
    },
    async close() {
      agent.destroy()
      await room().close()
    },
  }
}

const paths = {
  anthropic: () => '/anthropic/v1/messages',
  openai: () => '/openai/v1/chat/completions',
  google: (model: string) => `/google/v1beta/models/${model}:generateContent`,
} as const satisfies Record<ProviderName, (model: string) => string>

function send(agent: Agent, url: string, arrival: Arrival): Promise<number> {
  const { number, provider, model, tokens, serviceMs } = arrival
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] })
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
    [askedHeader]: `${number} ${model} ${tokens} ${serviceMs}`,
  }
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${paths[provider](model)}`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** The gateway's own gauge. */
function waitingIn(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const request = httpRequest(`${url}/metrics`, { agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(Number(/^traseai_http_requests_waiting (\d+)$/m.exec(text)?.[1])))
    })
    request.on('error', reject)
    request.end()
  })
}

function environment(standIn: StandIn): Record<string, string> {
  const variables = standIn.organisations.flatMap((organisation) => organisation.variables)
  return Object.fromEntries(variables.map((name) => [name, standIn.keyOf(name)]))
}

/** Keys of one organisation share its limits. */
function groupsOf(organisations: readonly Organisation[]): Configuration['auth']['quotaGroups'] {
  const shared = organisations.filter(({ variables }) => variables.length > 1)
  return Object.fromEntries(
    shared.map(({ name, provider, variables }) => [
      name,
      variables.map((each) => parseProfileId(`${provider}:${each}`)),
    ]),
  )
}

interface Turn {
  readonly at: number
  readonly trouble: Trouble
  readonly isEnd: boolean
}

/** Beginnings and ends, in their order. */
function turnsOf(troubles: readonly Trouble[]): Turn[] {
  return troubles
    .flatMap((trouble) => [
      { at: trouble.from, trouble, isEnd: false },
      ...(trouble.kind === 'restart' ? [] : [{ at: trouble.until, trouble, isEnd: true }]),
    ])
    .toSorted((a, b) => a.at - b.at)
}

/** A new value of a key is taken up by a restart. */
function takesEffect(standIn: StandIn, { trouble, isEnd }: Turn): 'restart' | null {
  switch (trouble.kind) {
    case 'unpaid':
      standIn.setPaid(trouble.organisation, isEnd)
      return null
    case 'revoked':
      if (isEnd) standIn.renew(trouble.variable)
      else standIn.revoke(trouble.variable)
      return isEnd ? 'restart' : null
    case 'restart':
      return 'restart'
  }
}
