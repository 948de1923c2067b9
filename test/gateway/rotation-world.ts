// The request path without sockets: real attempts, selection, deciders and memory; the provider's answers, the clients and the clock are the test's.
import type { AttemptOutcome } from '../../src/domain/attempt.ts'
import type { DomainEvent } from '../../src/domain/events.ts'
import { parseAgentId, parseProviderId, parseSessionId, type ProfileId } from '../../src/domain/ids.ts'
import { builtInProviders, mergeProviders } from '../../src/domain/provider-table.ts'
import { dueCandidates, isUsable } from '../../src/domain/candidate.ts'
import type { SelectionRequest } from '../../src/domain/selection.ts'
import { initialState, type State } from '../../src/domain/state.ts'
import { type ModelRequest, serveWithCandidates } from '../../src/gateway/attempts.ts'
import type { ClientExchange } from '../../src/gateway/client-exchange.ts'
import { type Cooling, openCooling } from '../../src/gateway/cooling.ts'
import { openMetrics } from '../../src/gateway/metrics/metrics.ts'
import type { ResponseHead } from '../../src/gateway/upstream/response-head.ts'
import type { AnswerHandler } from '../../src/gateway/upstream/call.ts'
import { openSilentProviders } from '../../src/gateway/silent-providers.ts'
import type { Upstream } from '../../src/gateway/upstream/upstream.ts'
import { newDraft } from '../../src/gateway/usage/record.ts'
import { configured, depsOf, environmentOf, openDomain, type RoomOptions } from './room.ts'
import { openWorld } from './world.ts'

export interface Scripted {
  readonly name: string
  readonly status: number
  readonly headers?: readonly string[]
  readonly contentType?: string
  readonly body: string
}

/** One attempt as the provider sees it. */
export interface Attempt {
  readonly request: number
  readonly profileId: ProfileId
  readonly model: string | null
  readonly startedAt: number
  answer: Scripted | null
  /** Candidates that were usable, not tried and on nobody's trial when it was sent. */
  readonly better: readonly ProfileId[]
  readonly wasUsable: boolean
  /** Attempts under way with it, for the same model, that were sent although it cooled. */
  readonly early: number
}

/** What a client got: the bytes of which attempt's answer, or words of the gateway's own. */
export interface Outcome {
  readonly status: number
  readonly attempts: number
  readonly passed: string | null
  readonly isKept: boolean
  readonly headers: readonly string[]
  /** Candidates that could have served it at that moment. */
  readonly usable: readonly ProfileId[]
  /** Candidates that cool, are likely to have room again, and that it was not sent with, nor anybody else to find out. */
  readonly due: readonly ProfileId[]
}

/** An event and what it was recorded for. */
export interface Recorded {
  readonly event: DomainEvent
  readonly at: number
  readonly outcome: AttemptOutcome
  /** The state before it. */
  readonly before: State
}

export interface RotationWorld {
  readonly attempts: readonly Attempt[]
  readonly outcomes: ReadonlyMap<number, Outcome>
  readonly recorded: readonly Recorded[]
  readonly startedAt: readonly number[]
  /** Requests whose client left before it had an answer. */
  readonly gone: ReadonlySet<number>
  state(): State
  inFlight(): number
  start(model: string | null, session: string | null): void
  /** Answers one of the attempts under way. */
  answer(which: number, answer: Scripted): Promise<void>
  leave(which: number): Promise<void>
  advance(ms: number): Promise<void>
  settle(): Promise<void>
}

const provider = parseProviderId('anthropic')

export function openRotationWorld(options: RoomOptions): RotationWorld {
  const { clock, host } = openWorld(false)
  const configuration = configured(options, 'http://127.0.0.1:1')
  const providers = mergeProviders(builtInProviders, configuration.models.providers)
  const domain = openDomain(host, environmentOf({}, providers), configuration, options.stored ?? {}, initialState)
  const recorded: Recorded[] = []
  const gateway = {
    ...depsOf({ host, configuration, providers, domain, ended: [] }),
    record(outcome: AttemptOutcome) {
      const [before, known] = [domain.state(), domain.events.length]
      domain.record(outcome)
      for (const event of domain.events.slice(known)) recorded.push({ event, at: clock.now(), outcome, before })
    },
  }
  const plain = openCooling(host)
  /** The trial that the next attempt makes, which is in nobody's way then. */
  let ownTrial: string | null = null
  const cooling: Cooling = {
    ...plain,
    beginTrial(key) {
      const end = plain.beginTrial(key)
      if (end) ownTrial = key
      return end
    },
  }
  const attempts: Attempt[] = []
  const open: { readonly attempt: Attempt; readonly handler: AnswerHandler }[] = []
  const outcomes = new Map<number, Outcome>()
  const startedAt: number[] = []
  const asked: SelectionRequest[] = []
  const left = new Map<number, () => void>()
  const gone = new Set<number>()
  const secrets = new Map(Object.entries(options.stored ?? {}).map(([id, [, secret]]) => [secret, id as ProfileId]))

  const triedBy = (request: number): Set<ProfileId> =>
    new Set(attempts.filter((each) => each.request === request).map(({ profileId }) => profileId))
  const usableFor = (request: number): { readonly profileId: ProfileId; readonly isBusy: boolean }[] => {
    const tried = triedBy(request)
    return gateway
      .select(asked[request]!, tried)
      .candidates.filter((each) => isUsable(each) && !tried.has(each.profileId))
      .map(({ profileId, trial }) => ({
        profileId,
        isBusy: trial !== undefined && trial.key !== ownTrial && cooling.isOnTrial(trial),
      }))
  }
  const dueFor = (request: number): ProfileId[] => {
    const tried = triedBy(request)
    return dueCandidates(gateway.select(asked[request]!, tried).candidates)
      .filter(({ profileId, dueAt, trial }) => {
        return dueAt <= clock.now() && !tried.has(profileId) && !(trial && cooling.isOnTrial(trial))
      })
      .map(({ profileId }) => profileId)
  }

  const upstream: Upstream = {
    pathOf: (_provider, path) => path,
    close: () => undefined,
    dispatch(_provider, { headers, body }, handler) {
      const request = Buffer.isBuffer(body) ? Number(body.toString()) : -1 // each sends its own number
      const profileId = secrets.get(headers.at(-1)?.replace('Bearer ', '') ?? '')!
      const usable = usableFor(request)
      ownTrial = null
      const attempt: Attempt = {
        request,
        profileId,
        model: asked[request]!.model,
        startedAt: clock.now(),
        answer: null,
        better: usable.filter(({ isBusy }) => !isBusy).map((each) => each.profileId),
        wasUsable: usable.some((each) => each.profileId === profileId),
        early: open.filter(
          ({ attempt: other }) =>
            !other.wasUsable && other.profileId === profileId && other.model === asked[request]!.model,
        ).length,
      }
      attempts.push(attempt)
      open.push({ attempt, handler })
      const forget = (): void => {
        const at = open.findIndex((each) => each.handler === handler)
        if (at >= 0) open.splice(at, 1)
        handler.onError(new Error('no longer wanted'))
      }
      return { pause: () => undefined, resume: () => undefined, abort: forget }
    },
  }
  function exchangeOf(request: number): ClientExchange {
    let isGone = false
    let leave: () => void = () => undefined
    left.set(request, () => {
      if (outcomes.has(request)) return
      isGone = true
      gone.add(request)
      leave()
    })
    const end = (status: number, headers: readonly string[], passed: string | null, isKept: boolean): void => {
      if (outcomes.has(request)) throw new Error(`request ${request} was answered twice`)
      const usable = usableFor(request).map(({ profileId }) => profileId)
      outcomes.set(request, {
        status,
        attempts: triedBy(request).size,
        passed,
        isKept,
        headers,
        usable,
        due: dueFor(request),
      })
    }
    return {
      draft: newDraft(),
      isGone: () => isGone,
      onGone(callback) {
        leave = callback
        if (isGone) callback()
      },
      pass: (answer, own) => end(answer.status, own, Buffer.concat(answer.held).toString(), false),
      replay: ({ status, headers, body }) => end(status, headers, body.toString(), true),
      refuse: (refused, own = []) => end(refused.code === 'rate_limited' ? 429 : 503, own, null, false),
    }
  }

  const settle = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
  }

  return {
    attempts,
    outcomes,
    recorded,
    startedAt,
    gone,
    state: domain.state,
    inFlight: () => open.length,
    start(model, session) {
      const request = startedAt.length
      startedAt.push(clock.now())
      const question: SelectionRequest = {
        provider,
        agent: parseAgentId('main'),
        session: session === null ? null : parseSessionId(session),
        requestPin: null,
        model,
      }
      asked.push(question)
      const body: ModelRequest = {
        provider: providers.find(({ id }) => id === provider)!,
        method: 'POST',
        path: '/v1/messages',
        headers: [],
        body: Buffer.from(String(request)),
        asked: question,
      }
      const deps = { gateway, upstream, cooling, metrics: openMetrics(), silent: openSilentProviders(host) }
      void serveWithCandidates(deps, body, exchangeOf(request))
    },
    async answer(which, answer) {
      if (open.length === 0) return
      const [found] = open.splice(which % open.length, 1)
      found!.attempt.answer = answer
      if (answer.status === 0) found!.handler.onError(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))
      else {
        found!.handler.onHead(headOf(answer))
        found!.handler.onBody(Buffer.from(answer.body))
        found!.handler.onEnd([])
      }
      await settle()
    },
    async leave(which) {
      left.get(which % Math.max(1, startedAt.length))?.()
      await settle()
    },
    async advance(ms) {
      // In steps, so that whoever wakes up acts at the moment at which he wakes.
      for (const end = clock.now() + ms; clock.now() < end;) {
        clock.advance(Math.min(end, clock.nextAt() ?? end) - clock.now() || 1)
        await settle()
      }
    },
    settle,
  }
}

function headOf({ status, headers = [], contentType = 'application/json', body }: Scripted): ResponseHead {
  return {
    status,
    reason: '',
    framing: 'length',
    keepAlive: true,
    keepAliveSeconds: null,
    headers: ['content-type', contentType, ...headers],
    contentType,
    contentEncoding: '',
    contentLength: Buffer.byteLength(body),
  }
}
