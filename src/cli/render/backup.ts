// What is in a backup, in words.
import type { BackupTaken } from '../../domain/backup.ts'

/** `history, 7 stored secrets with their master key, .env, traseai.json, 3 files of agents` */
export function backupContents({
  files,
  secrets,
  masterKey,
}: Pick<BackupTaken, 'files' | 'secrets' | 'masterKey'>): string {
  const ofAgents = files.filter((path) => path.startsWith('agents/')).length
  const stored = secrets === 1 ? '1 stored secret' : `${secrets} stored secrets`
  return [
    'history',
    ...(secrets === 0 ? [] : [`${stored} ${masterKey ? 'with' : 'without'} the master key`]),
    ...['.env', 'traseai.json'].filter((name) => files.includes(name)),
    ...(ofAgents === 0 ? [] : [ofAgents === 1 ? '1 file of an agent' : `${ofAgents} files of agents`]),
  ].join(', ')
}

/** `950 bytes`, `12.3 kB`, `1.2 MB`. */
export function byteCount(bytes: number): string {
  const unit = (
    [
      [1e9, 'GB'],
      [1e6, 'MB'],
      [1e3, 'kB'],
    ] as const
  ).find(([size]) => bytes >= size)
  return unit ? `${(bytes / unit[0]).toFixed(1)} ${unit[1]}` : `${bytes} bytes`
}
