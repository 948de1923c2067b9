// Handlers about sessions: the `/model` command, and what a session uses.
import { entryOf, type Pin } from '../../domain/entities.ts'
import { isoInstant } from '../../domain/events.ts'
import type { AgentId, SessionId } from '../../domain/ids.ts'
import { type ModelCommand, parseModelCommand } from '../../domain/model-command.ts'
import { helpText, switchText } from '../../domain/model-text.ts'
import type { Served } from '../../domain/session-view.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'
import { agentOr, knownSession } from '../known.ts'
import { type AskedSession, lookAt } from '../session-look.ts'
import { pickerAnswer, pickedModel, statusAnswer } from '../session-models.ts'

export const sessionHandlers = {
  'session.command': async ({ session, agent, text, width = 80 }, context) => {
    const command = parseModelCommand(text)
    const asked = askedSession(session, agent, context)
    const answer = await answerTo(command, { ...context, asked, page: { now: context.deps.host.now(), width } })
    const pin = pinOf(asked, context)
    return { changed: false, ...answer, ...(pin && { pin: wirePin(pin) }) }
  },
  'session.get': ({ session, agent }, context) => {
    const asked = askedSession(session, agent, context)
    const { view, served, problem } = lookAt(asked, context.deps)
    return {
      session: asked.session,
      agent: asked.agent,
      model: view.model,
      origin: view.origin,
      default: context.deps.configuration().value.models.default,
      ...(view.pin && { pin: wirePin(view.pin) }),
      ...wireServed(served),
      ...(problem === null ? {} : { problem }),
    }
  },
} as const satisfies Handlers<'session.command' | 'session.get'>

type Reply = Pick<Answer<'session.command'>, 'text' | 'choices'> & { readonly changed?: boolean }

interface CommandContext extends CallContext {
  readonly asked: AskedSession
  readonly page: { readonly now: number; readonly width: number }
}

async function answerTo(command: ModelCommand, context: CommandContext): Promise<Reply> {
  const { deps, asked, page } = context
  switch (command.kind) {
    case 'list': {
      const { text, choices } = await pickerAnswer(deps, asked, { ...page, filter: command.filter })
      return { text, choices: choices.map(({ served, ...choice }) => ({ ...choice, ...wireServed(served) })) }
    }
    case 'pick': {
      const { model, profileId, note } = await pickedModel(deps, asked, command)
      return change({ type: 'PinModel', ...asked, model, profileId }, note, context)
    }
    case 'default':
      return change({ type: 'UnpinModel', session: asked.session, reason: 'user' }, null, context)
    case 'status':
      return { text: statusAnswer(deps, asked, page) }
    case 'help':
      return { text: helpText(page) }
  }
}

async function change(
  command: Parameters<CallContext['deps']['execute']>[0],
  note: string | null,
  { deps, actor, asked, page }: CommandContext,
): Promise<Reply> {
  const events = await deps.execute(command, actor)
  const changed = events.length > 0
  return { text: switchText({ ...page, ...lookAt(asked, deps), changed, note }), changed }
}

/** A session keeps the agent that pinned its model, when the caller names none. */
function askedSession(session: string, agent: string | undefined, { deps }: CallContext): AskedSession {
  const id: SessionId = knownSession(session)
  const pinned: AgentId | undefined = entryOf(deps.state().pins, id)?.agent
  return { session: id, agent: agent === undefined && pinned !== undefined ? pinned : agentOr(deps, agent) }
}

function pinOf({ session }: AskedSession, { deps }: CallContext): Pin | undefined {
  return entryOf(deps.state().pins, session)
}

type WirePin = NonNullable<Answer<'session.get'>['pin']>

function wirePin({ agent, model, profileId, pinnedAt }: Pin): WirePin {
  return { agent, model, profileId, since: isoInstant(pinnedAt) }
}

function wireServed({ next, status, until }: Served): Pick<Answer<'session.get'>, 'next' | 'status' | 'until'> {
  return { next, status, until: until === null ? null : isoInstant(until) }
}
