// Opens the database in argv[2] and prints how many bytes this process read to do so (Linux).
import { readFileSync } from 'node:fs'
import { openStorage } from '../../../src/storage/open-storage.ts'

/** `rchar` of proc(5): all that read(2) and pread(2) gave, from the disk or its cache. */
const bytesRead = (): number => Number(/^rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])

const [databasePath = '', migrationsDir = ''] = process.argv.slice(2)
const before = bytesRead()
const storage = openStorage({ databasePath, migrationsDir, foldVersion: 1, openedAt: 0 })
process.stdout.write(`${bytesRead() - before}`)
storage.close()
