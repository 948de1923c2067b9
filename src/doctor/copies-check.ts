// Which copies of the database there are beside it: what was destroyed since is still in them, sealed.
import { isoInstant } from '../domain/events.ts'
import { copiesDirectory, copyMsMax, type DatabaseCopy, listCopies } from '../storage/database-copies.ts'
import type { Finding, HostDeps } from './check.ts'

export async function checkCopies({ host }: HostDeps): Promise<readonly Finding[]> {
  return listCopies(copiesDirectory(host.paths.database)).map((copy) => (copy.setAside ? setAside(copy) : kept(copy)))
}

function kept({ path, schema, program, madeAt }: DatabaseCopy): Finding {
  const until = isoInstant(madeAt + copyMsMax)
  const message = `${path} is the database as TraseAI ${program} left it, with schema ${schema}: the gateway removes it after ${until}`
  return { severity: 'ok', message }
}

/** A person asked for it, and only a person can say that nobody needs it any more. */
function setAside({ path, schema, program }: DatabaseCopy): Finding {
  return {
    severity: 'warning',
    message: `${path} was set aside by a rollback: what TraseAI ${program} wrote to it (schema ${schema}) is nowhere else`,
    hint: `to go back to it, install that version and: traseai gateway rollback ${path}; to be rid of it: rm ${path}`,
  }
}
