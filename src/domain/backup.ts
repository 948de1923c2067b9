// What a backup is to those who ask for one, and the decider of its stream: who took a copy of everything, and what a home began again from.
import type { BackupCommand } from './command.ts'
import type { Actor, DomainEvent } from './events.ts'

/** How many age recipients one backup is sealed for at most. */
export const recipientsMax = 16

/**
 * How age makes a key of a passphrase: scrypt (RFC 7914) with r 8 and p 1 over the passphrase, the salt behind this label.
 * https://github.com/C2SP/C2SP/blob/main/age.md, "The scrypt recipient type". 2 ** 18 is what age itself takes: 256 MiB.
 */
export const ageScrypt = {
  label: 'age-encryption.org/v1/scrypt',
  saltBytes: 16,
  keyBytes: 32,
  workFactor: 18,
  blockSize: 8,
} as const

/** What a backup is sealed with. */
export type Sealing =
  | { readonly kind: 'recipients'; readonly recipients: readonly string[] }
  /** `key` is what scrypt made of the passphrase with this salt (base64 both) and 2 ** `workFactor`. */
  | { readonly kind: 'passphrase'; readonly salt: string; readonly workFactor: number; readonly key: string }

export interface BackupRequest {
  readonly sealing: Sealing
  /** False leaves the master key out. */
  readonly masterKey: boolean
  readonly actor: Actor
  /** Calls back when whoever asked is gone; returns the way to take that back. */
  whenGone(callback: () => void): () => void
}

/** What was copied. Instants are ISO 8601. */
export interface BackupTaken {
  readonly backupId: string
  /** Of the newest event in it, and when that was; 0 and null for an empty history. */
  readonly position: number
  readonly lastEventAt: string | null
  readonly madeAt: string
  readonly files: readonly string[]
  /** Of all files, before they were compressed and sealed. */
  readonly bytes: number
  /** How many stored secrets are in it, and whether their key is. */
  readonly secrets: number
  readonly masterKey: boolean
  /** What was left out, in words. */
  readonly notes: readonly string[]
}

/** A piece of the sealed file, in base64. */
export interface BackupPiece {
  readonly data: string
  readonly last: boolean
}

/** One at a time; whoever began one reads it to its last piece, or leaves. */
export interface Backups {
  /**
   * Copies everything at one moment, and records that it was asked for before the first byte is handed out.
   * @throws TraseError `busy`, `usage` (a recipient that is none), `vault_locked`, `vault_key_missing`, `disk_full`, `file_unreadable`, `storage_failed`
   */
  create(request: BackupRequest): Promise<BackupTaken>
  /** The next piece. @throws TraseError `not_found` for one that has ended, `storage_failed`, `disk_full` */
  read(backupId: string): Promise<BackupPiece>
}

/** Each is a fact of its own: there is nothing to refuse and nothing to fold. */
export function decideBackup(command: BackupCommand): readonly DomainEvent[] {
  const { position } = command
  if (command.type === 'RecordRestore') {
    return [{ type: 'HomeRestored', data: { position, madeAt: command.madeAt } }]
  }
  const { recipients, masterKey } = command
  return [
    {
      type: 'BackupMade',
      data:
        recipients === null
          ? { position, sealedFor: 'passphrase', masterKey }
          : { position, sealedFor: 'recipients', recipients: [...recipients], masterKey },
    },
  ]
}
