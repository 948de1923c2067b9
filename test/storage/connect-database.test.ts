// Nothing that a connection makes may be garbage collected: on newer Nodes that can end the process.
import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Database, { type Database as Connection } from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // what the flag brings

/** In a function of its own, so that no variable of the test holds what it makes. */
function makeAndForget(open: (path: string) => Connection): readonly WeakRef<object>[] {
  const database = open(':memory:')
  const statement = database.prepare('SELECT 1')
  statement.get()
  database.close()
  return [new WeakRef(database), new WeakRef(statement)]
}

/** A turn of the loop lets go of what weak references were read or made in. */
async function survivors(made: readonly WeakRef<object>[]): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  return made.filter((each) => each.deref() !== undefined).length
}

const code = new URL('../../src/storage/', import.meta.url)

describe('a connection and its statements', () => {
  it('are kept after they were closed and forgotten', async () => {
    expect(await survivors(makeAndForget(connectDatabase))).toBe(2)
  })

  it('would be collected if the package were used as it comes', async () => {
    expect(await survivors(makeAndForget((path) => new Database(path)))).toBe(0)
  })

  it('are made nowhere else in storage', () => {
    const others = readdirSync(code).filter((file) => file !== 'connect-database.ts')
    const direct = others.filter((file) =>
      /new Database\(|\.pragma\(|\.backup\(|\.iterate\(/.test(readFileSync(new URL(file, code), 'utf8')),
    )
    expect(others.length).toBeGreaterThan(10)
    expect(direct).toEqual([])
  })
})
