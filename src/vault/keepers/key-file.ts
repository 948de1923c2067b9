// The keeper of hosts that have no better one: `vault.key` in the home, readable by its owner alone.
import { chmod, rm } from 'node:fs/promises'
import { messageOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import { drawMasterKey, keepOnly, type MasterKey, readKeys, wipe, writtenKey } from '../master-key.ts'
import type { FoundKey, Keeper, KeeperDeps, NewKey } from './keeper.ts'
import { readPrivateFile } from './read-private-file.ts'

const othersMask = 0o077

export const keyFile: Keeper = {
  place: ({ host }) => host.paths.vaultKey,
  find,
  make,
  forget,
  besides,
}

async function find({ host }: KeeperDeps, keyId: string): Promise<FoundKey> {
  const path = host.paths.vaultKey
  const hint = `put the file back that belongs to this database, then: traseai vault unlock`
  try {
    const content = await read(host)
    if (content === null) return { outcome: 'missing', reason: `${path} is not there`, hint }
    const { keys, brokenLines } = readKeys(content)
    const key = keepOnly(keys, keyId)
    if (key) return { outcome: 'found', key }
    return { outcome: 'missing', reason: notTheKey(path, keyId, keys.length, brokenLines), hint }
  } catch (error) {
    return { outcome: 'missing', reason: messageOf(error), hint }
  }
}

/**
 * With `present` a new key is added, and whatever keys there are stay. Without, a file that holds a key was written just
 * before a crash, and that key is the first. A file that holds something else is left as it is.
 */
async function make({ host, writePrivateFile }: KeeperDeps, present: MasterKey | null): Promise<NewKey> {
  const path = host.paths.vaultKey
  const { keys, brokenLines } = readKeys((await read(host)) ?? '')
  if (brokenLines.length > 0) {
    throw new TraseError('cannot_create', `${path} holds something that is not a key (line ${brokenLines[0]})`, {
      hint: 'move the file away, or put the right one back',
    })
  }
  const first = present ? undefined : keys[0]
  const key = first ?? drawMasterKey((bytes) => host.randomBytes(bytes))
  try {
    if (!first) await writePrivateFile(path, fileOf([...keys, key]))
    return { key, parameters: {} }
  } finally {
    for (const other of keys) if (other !== key) wipe(other)
  }
}

async function forget({ host, writePrivateFile }: KeeperDeps, keyId: string): Promise<null> {
  const content = await read(host)
  const { keys } = readKeys(content ?? '')
  const left = keys.filter(({ id }) => id !== keyId)
  const isThere = left.length < keys.length
  if (isThere && left.length > 0) await writePrivateFile(host.paths.vaultKey, fileOf(left))
  if (isThere && left.length === 0) await rm(host.paths.vaultKey, { force: true })
  for (const key of keys) wipe(key)
  return null
}

/**
 * A change of the key that was killed before its commit leaves one, but so does whoever goes back and forth between
 * backups. They are never taken out here: nobody knows which of them opens what.
 */
async function besides({ host }: KeeperDeps, keyId: string): Promise<string | null> {
  const path = host.paths.vaultKey
  const content = await readPrivateFile(path).catch(nothingReadable)
  const { keys, keyLines } = readKeys(content?.text ?? '')
  const lines = keyLines.filter((_, index) => keys[index]?.id !== keyId)
  for (const key of keys) wipe(key)
  if (lines.length === 0) return null
  const where =
    lines.length === 1 ? `a key that this database does not use (line` : `keys that this database does not use (lines`
  return `${path} has ${where} ${lines.join(', ')}): kept, because a backup may need it`
}

function nothingReadable(error: unknown): null {
  if (error instanceof TraseError) return null // the next look for the key tells it
  throw error
}

/** @returns null when there is no file @throws TraseError `file_unreadable` */
async function read(host: Host): Promise<string | null> {
  const path = host.paths.vaultKey
  const file = await readPrivateFile(path)
  if (file === null) return null
  if ((file.mode & othersMask) !== 0) await makePrivate(host, path)
  return file.text
}

async function makePrivate({ log }: Host, path: string): Promise<void> {
  try {
    await chmod(path, 0o600)
  } catch (error) {
    throw new TraseError('file_unreadable', `${path} cannot be made private: ${messageOf(error)}`, { cause: error })
  }
  log.warn({ path }, 'others could read the key of the vault; it is private now (mode 0600): traseai vault rekey')
}

function fileOf(keys: readonly MasterKey[]): string {
  const note = '# The key that the secrets in traseai.db are sealed with. Without it they are lost: keep a copy.'
  return [note, ...keys.map(writtenKey), ''].join('\n')
}

function notTheKey(path: string, keyId: string, keys: number, brokenLines: readonly number[]): string {
  if (brokenLines.length > 0) return `${path} is damaged: line ${brokenLines[0]} is not a key`
  return keys === 0 ? `${path} holds no key` : `${path} holds another key than ${keyId}`
}
