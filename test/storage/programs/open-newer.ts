// Opens the database in argv[2] with the migrations in argv[3], and says so; for being killed in the middle of an upgrade.
import { writeSync } from 'node:fs'
import { openStorage } from '../../../src/storage/open-storage.ts'

const [databasePath = '', migrationsDir = ''] = process.argv.slice(2)
writeSync(1, 'opening\n')
openStorage({ databasePath, migrationsDir, foldVersion: 1, openedAt: Date.UTC(2026, 0, 2) })
writeSync(1, 'open\n')
setInterval(() => {}, 60_000)
