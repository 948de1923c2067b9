// Tells the log who was refused at the control socket, without letting them fill it.
import type { Host } from '../host.ts'
import type { Peer } from './peer.ts'

/** One line for each user in this time; the next one says how many there were in between. */
const quietMs = 10_000
/** Users that are counted apart. */
const usersMax = 1_000

/** `null` stands for a caller whom the kernel does not name. */
export function openRefusals(host: Host): { refuse(peer: Peer | null): void } {
  const users = new Map<number | null, { readonly saidAtMs: number; unsaid: number }>()
  return {
    refuse(peer) {
      const uid = peer?.uid ?? null
      const last = users.get(uid)
      const nowMs = host.monotonicMs()
      if (last && nowMs - last.saidAtMs < quietMs) {
        last.unsaid += 1
        return
      }
      if (users.size >= usersMax) users.clear()
      users.set(uid, { saidAtMs: nowMs, unsaid: 0 })
      const fields = { uid, pid: peer?.pid ?? null, program: peer?.program ?? null, refusedBefore: last?.unsaid ?? 0 }
      host.log.warn(fields, 'a program of another user was refused at the control socket')
    },
  }
}
