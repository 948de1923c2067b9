// Opens a connection whose objects are never garbage collected, because collecting one can end the whole process.
//
// From Node 24.19 on, node::ObjectWrap, which better-sqlite3 12 is built on, removes a cleanup hook in its destructor, and
// Node aborts ("Assertion failed: (env) != nullptr" in RemoveEnvironmentCleanupHook) when that happens in a collection that
// no JavaScript has led to. Version 13 does without ObjectWrap, but not with Node 20. So nothing that it makes is let go:
// some dozens of statements a thread, and one connection for each look at a file.
import Database, { type Database as Connection, type Options } from 'better-sqlite3'

const kept = new Set<object>()

/** Use `exec` in place of `pragma`, which makes a statement of its own and lets it go. */
export function connectDatabase(path: string, options: Options = {}): Connection {
  const database = new Database(path, options)
  kept.add(database)
  const prepare = database.prepare.bind(database)
  database.prepare = ((source: string) => {
    const statement = prepare(source)
    kept.add(statement)
    return statement
  }) as Connection['prepare'] // the overloads only differ in types
  return database
}
