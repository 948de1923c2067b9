// Nothing that a connection makes may be garbage collected: on newer Nodes that can end the process.
import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // what the flag brings

/** In functions of their own, so that no variable of a test holds what they make. */
function connectAndForget(): readonly WeakRef<object>[] {
  const database = connectDatabase(':memory:')
  const statement = database.prepare('SELECT 1')
  statement.get()
  database.close()
  return [new WeakRef(database), new WeakRef(statement)]
}

function forgetAtOnce(): readonly WeakRef<object>[] {
  return [new WeakRef({})]
}

/** A turn of the loop lets go of what weak references were read or made in. */
async function survivors(made: readonly WeakRef<object>[]): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  return made.filter((each) => each.deref() !== undefined).length
}

const code = new URL('../../src/storage/', import.meta.url)

describe('a connection and its statements', () => {
  it('are kept after they were closed and forgotten, as nothing else is', async () => {
    expect(await survivors(connectAndForget())).toBe(2)
    expect(await survivors(forgetAtOnce())).toBe(0)
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
