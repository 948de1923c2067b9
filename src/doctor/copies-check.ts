// Which copies of the database there are beside it: what was destroyed since is still in them, sealed.
import { readdir } from 'node:fs/promises'
import { isoInstant } from '../domain/events.ts'
import { errnoOf } from '../errors.ts'
import { copiesDirectory, copyMsMax, copyOf, type DatabaseCopy } from '../storage/database-copies.ts'
import type { Finding, HostDeps } from './check.ts'

export async function checkCopies({ host }: HostDeps): Promise<readonly Finding[]> {
  const directory = copiesDirectory(host.paths.database)
  const copies = (await namesIn(directory)).flatMap((name) => copyOf(directory, name) ?? [])
  const byAge = copies.toSorted((one, other) => one.madeAt - other.madeAt)
  return byAge.map((copy) => (copy.setAside ? setAside(copy) : kept(copy)))
}

/** Without making the gateway wait for a disk that does not answer. */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
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
