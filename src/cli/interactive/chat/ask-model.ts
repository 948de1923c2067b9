// One request of a chat to the gateway's OpenAI-compatible entry: sends the conversation, and hands on the answer as it comes.
import { request, type IncomingMessage } from 'node:http'
import { openEventTextReader } from '../../../domain/server-sent-events.ts'
import { errnoOf, messageOf, TraseError } from '../../../errors.ts'
import type { Host } from '../../../host.ts'
import { doneMark, saidIn, type Said, type TokenCounts } from './completion-events.ts'
import type { Message } from './conversation.ts'
import { answerFailure, type AnswerHead, eventFailure } from './failure-words.ts'
import { streamsUsage } from './stream-usage.ts'

/** No answer is longer, nor one of its events: what comes without end must end somewhere. */
const answerCharactersMax = 4_194_304
const eventCharactersMax = 4_194_304
const errorCharactersMax = 65_536

export interface Question {
  /** `http://host:port` of the gateway. */
  readonly http: string
  readonly token: string
  readonly session: string | null
  readonly agent: string | null
  /** `provider/model[@credential]` or an alias. */
  readonly model: string
  readonly messages: readonly Message[]
}

export interface Listener {
  /** The next piece of the answer's text. */
  piece(text: string): void
  thinks(): void
}

export interface Answer {
  readonly text: string
  /** Why it is not whole: it was stopped, or broke off; null when it is. */
  readonly cut: 'stopped' | TraseError | null
  readonly finish: string | null
  readonly head: AnswerHead
  readonly usage: TokenCounts | null
  /** From the question to the first text; null without any. */
  readonly firstTextMs: number | null
  readonly totalMs: number
}

/**
 * @param signal stops the answer: the connection is closed, and so the gateway gives up its own to the provider
 * @throws TraseError when there is no answer: what `answerFailure` makes of a refusal, `gateway_unreachable`; null when it was stopped before
 */
export async function askModel(
  host: Pick<Host, 'monotonicMs'>,
  question: Question,
  listener: Listener,
  signal: AbortSignal,
): Promise<Answer | null> {
  const startedMs = host.monotonicMs()
  const sinceStart = (): number => Math.round(host.monotonicMs() - startedMs)
  try {
    const response = await post(question, signal)
    const head = headOf(response)
    if (head.status >= 400) {
      throw answerFailure({
        head,
        body: await textOf(response, errorCharactersMax),
        model: question.model,
      })
    }
    const told = await listenTo(response, { listener, signal, sinceStart, head, question })
    if (told.cut === 'stopped' && told.text === '') return null
    // Nothing of the answer came, so there is none.
    if (told.cut instanceof TraseError && told.text === '') throw told.cut
    return { ...told, head, totalMs: sinceStart() }
  } catch (error) {
    if (signal.aborted) return null
    if (error instanceof TraseError || errnoOf(error) === undefined) throw error
    throw new TraseError(
      'gateway_unreachable',
      `the gateway at ${question.http} does not answer: ${messageOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

function post(question: Question, signal: AbortSignal): Promise<IncomingMessage> {
  const { http, token, session, agent, model, messages } = question
  const usage = streamsUsage(model) ? { stream_options: { include_usage: true } } : {}
  const body = Buffer.from(JSON.stringify({ model, messages, stream: true, ...usage }))
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
    accept: 'text/event-stream',
    ...(session === null ? {} : { 'x-traseai-session': session }),
    ...(agent === null ? {} : { 'x-traseai-agent': agent }),
  }
  return new Promise((resolve, reject) => {
    // No agent of Node's: one kept open would keep its address after a restart of the gateway.
    const sent = request(`${http}/v1/chat/completions`, { method: 'POST', agent: false, headers, signal }, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
}

function headOf({ statusCode = 0, headers }: IncomingMessage): AnswerHead {
  const header = (name: string): string | null => {
    const value = headers[name]
    return typeof value === 'string' ? value : null
  }
  const attempts = Number(header('x-traseai-attempts') ?? '1')
  return {
    status: statusCode,
    header,
    profileId: header('x-traseai-profile'),
    attempts: Number.isInteger(attempts) ? attempts : 1,
    fallback: header('x-traseai-fallback'),
  }
}

interface Listening {
  readonly listener: Listener
  readonly signal: AbortSignal
  readonly sinceStart: () => number
  readonly head: AnswerHead
  readonly question: Question
}

type Told = Pick<Answer, 'text' | 'cut' | 'finish' | 'usage' | 'firstTextMs'>

async function listenTo(response: IncomingMessage, listening: Listening): Promise<Told> {
  const { listener, signal, sinceStart, head, question } = listening
  let told: Told = { text: '', cut: null, finish: null, usage: null, firstTextMs: null }
  let isDone = false

  function hear({ text, isThinking, finish, usage }: Said): void {
    if (text !== '') {
      told = { ...told, text: told.text + text, firstTextMs: told.firstTextMs ?? sinceStart() }
      listener.piece(text)
    } else if (isThinking) listener.thinks()
    told = { ...told, finish: finish ?? told.finish, usage: usage ?? told.usage }
  }

  const broken = (why: string, cause?: unknown): Told => ({
    ...told,
    cut: new TraseError('provider_failed', `the answer broke off: ${why}`, { cause }),
  })

  try {
    // Some providers know no streams, and answer at once.
    if (!(head.header('content-type') ?? '').includes('event-stream')) {
      const whole = parsed(await textOf(response, answerCharactersMax))
      const failure = eventFailure('', whole, { head, model: question.model })
      if (failure) throw failure
      hear(saidIn(whole))
      return told
    }
    for await (const { name, data } of eventsOf(response)) {
      if (data === doneMark) isDone = true
      if (isDone) continue // to the end, so that nothing is left on the connection
      const value = parsed(data)
      const failure = eventFailure(name, value, { head, model: question.model })
      if (failure) return { ...told, cut: told.text === '' ? failure : brokenOffBy(failure) }
      hear(saidIn(value))
      if (told.text.length > answerCharactersMax) return broken(`it is longer than ${answerCharactersMax} characters`)
    }
  } catch (error) {
    if (signal.aborted) return { ...told, cut: 'stopped' }
    if (errnoOf(error) === undefined || error instanceof TraseError) throw error
    return broken('the connection was lost', error)
  }
  return isDone || told.finish !== null ? told : broken('it ended in the middle')
}

function brokenOffBy(failure: TraseError): TraseError {
  const { code, hint, message } = failure
  return new TraseError(code, `the answer broke off: ${message}`, { hint, cause: failure })
}

async function* eventsOf(response: IncomingMessage) {
  const read = openEventTextReader()
  let unread = 0
  response.setEncoding('utf8')
  for await (const piece of response) {
    const text = String(piece)
    const events = read(text)
    unread = events.length > 0 ? 0 : unread + text.length
    if (unread > eventCharactersMax) {
      throw new TraseError(
        'provider_failed',
        `the answer broke off: an event has more than ${eventCharactersMax} characters`,
      )
    }
    yield* events
  }
}

/** All of a body, or its beginning when it is longer. */
async function textOf(response: IncomingMessage, charactersMax: number): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const piece of response) {
    text += String(piece)
    if (text.length > charactersMax) break
  }
  return text.slice(0, charactersMax)
}

/** The text itself when it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
