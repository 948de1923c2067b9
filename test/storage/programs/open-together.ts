// Opens the database in argv[2] as soon as a line comes in, and prints what it found: for starts at the same moment.
import { openStorage } from '../../../src/storage/open-storage.ts'

const [databasePath = '', migrationsDir = ''] = process.argv.slice(2)
process.stdout.write('ready\n')
process.stdin.once('data', () => {
  const storage = openStorage({ databasePath, migrationsDir, foldVersion: 1, openedAt: 0 })
  process.stdout.write(`${Buffer.from(storage.opening.installationKey).toString('hex')}\n`)
  storage.close()
  process.stdin.destroy()
})
