// Finds the client of a token's hash without a walk over all of them: a request must not pay for the number of clients.
import type { State } from '../domain/state.ts'

/** Rebuilt only when a client was issued or revoked. */
export function openClientIndex(state: () => State): (tokenHash: string) => string | undefined {
  let indexed: State['clients'] | null = null
  let names: ReadonlyMap<string, string> = new Map()
  return (tokenHash) => {
    const { clients } = state()
    if (clients !== indexed) {
      indexed = clients
      names = new Map(Object.values(clients).map((client) => [client.tokenHash, client.name]))
    }
    return names.get(tokenHash)
  }
}
