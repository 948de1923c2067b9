// Where a chat takes place: its session and agent.
import type { Host } from '../../../host.ts'

export interface ChatPlace {
  readonly session: string
  readonly agent: string | undefined
}

/** The id of a session that no other chat has. */
export function newSession(host: Pick<Host, 'randomBytes'>): string {
  return `chat-${host.randomBytes(4).toString('hex')}`
}
