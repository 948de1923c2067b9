// Handlers about backups.
import type { Sealing } from '../../domain/backup.ts'
import type { ParsedParams } from '../../protocol/contract.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'

export const backupHandlers = {
  'backup.create': create,
  'backup.read': ({ backupId }, { deps }) => deps.backups.read(backupId),
} as const satisfies Handlers<'backup.create' | 'backup.read'>

function create(
  params: ParsedParams<'backup.create'>,
  { deps, actor, caller }: CallContext,
): Promise<Answer<'backup.create'>> {
  const sealing: Sealing =
    'passphrase' in params
      ? { kind: 'passphrase', ...params.passphrase }
      : { kind: 'recipients', recipients: params.recipients }
  const { masterKey = true } = params
  return deps.backups.create({ sealing, masterKey, actor, whenGone: (callback) => caller.whenGone(callback) })
}
