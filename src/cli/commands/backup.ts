// `backup`: one sealed file of everything, from the gateway that runs, or from its home when none does.
import type { Command } from 'commander'
import type { BackupPiece, BackupTaken, Sealing } from '../../domain/backup.ts'
import { TraseError } from '../../errors.ts'
import type { Environment } from '../../host.ts'
import { newPassphrase, sealingWith } from '../backup-passphrase.ts'
import type { Act, Context } from '../context.ts'
import { exitStatus } from '../exit-status.ts'
import { unlessUnreachable } from '../gateway-connections.ts'
import { addHelpNote } from '../help-note.ts'
import type { Io } from '../io.ts'
import { openNewFile, type NewFile } from '../new-file.ts'
import { listOf } from '../option-values.ts'
import { openProgress } from '../progress.ts'
import { backupContents, byteCount } from '../render/backup.ts'
import { type Fact, renderFacts } from '../render/facts.ts'
import { printableLine } from '../render/printable.ts'
import { localTime } from '../render/time.ts'

interface BackupOptions {
  readonly recipient?: readonly string[]
  readonly passphraseFile?: string
  readonly withoutKey?: true
  readonly force?: true
  readonly quiet?: true
}

/** Either side that a backup can be read from. */
interface Source {
  readonly taken: BackupTaken
  read(): Promise<BackupPiece>
}

function withoutId({ backupId: _id, ...rest }: BackupTaken): Omit<BackupTaken, 'backupId'> {
  return rest
}

type Asked = { readonly sealing: Sealing; readonly masterKey: boolean }

/** What the daemon's bundle exports. */
interface DaemonModule {
  openHomeBackup(options: { readonly env: Environment; readonly packageRoot: string } & Asked): Promise<Source>
}

/** A large database on a slow disk; the gateway's own limit is a little shorter. */
const createMsMax = 605_000

export function registerBackup(program: Command, act: Act): void {
  const backup = program
    .command('backup')
    .description('write everything this host keeps into one sealed file, while the gateway runs')
    .argument('<file>', 'where to; - is standard output')
    .option('--recipient <age1…>', 'seal it for the holder of an age identity; may be given several times', listOf)
    .option('--passphrase-file <path>', 'the passphrase to seal it with (default: asked for; - is standard input)')
    .option('--without-key', "leave the vault's master key out: stored secrets open only where it still is")
    .option('--force', 'replace the file if it is there')
    .option('-q, --quiet', 'say nothing when all went well')
    .action((file: string, options: BackupOptions) => act((context) => runBackup(context, file, options)))
  addHelpNote(backup, [
    'It holds every key of this host: whoever can open it has them all. The program age opens it, too:',
    ['age -d FILE | tar tzv', 'what is in it'],
    ['traseai restore --check FILE', 'whether it can be restored'],
  ])
}

export async function runBackup(context: Context, file: string, options: BackupOptions): Promise<number> {
  const { io } = context
  refuseTogether(io, file, options)
  // Before anybody is asked for anything.
  const target = file === '-' ? null : openNewFile(file, { replace: options.force === true, hint: forceHint })
  const stop = abandonOnSignals(context, target)
  try {
    const sealing = await sealingOf(io, options)
    if (sealing === null) return exitStatus.interrupted
    const asked = { sealing, masterKey: options.withoutKey !== true }
    const { taken, ...source } = await openSource(context, asked).catch(withWayOut)
    const sealedBytes = await copy(context, source, target)
    target?.finish()
    tell(io, { file, sealedBytes, sealedFor: sealing.kind, ...withoutId(taken) }, options.quiet === true)
    return exitStatus.ok
  } finally {
    stop()
    target?.abandon()
  }
}

const forceHint = 'name another file, or replace it with --force'

function refuseTogether(io: Io, file: string, { recipient, passphraseFile }: BackupOptions): void {
  if (recipient && passphraseFile !== undefined) {
    throw new TraseError('usage', 'a backup is sealed for recipients or with a passphrase, not both', {
      hint: 'leave one of --recipient and --passphrase-file out',
    })
  }
  if (file === '-' && io.stdout.isTTY === true) {
    throw new TraseError('usage', 'a backup is no text for a terminal', {
      hint: 'send it somewhere: traseai backup - > FILE',
    })
  }
}

async function sealingOf(io: Io, { recipient, passphraseFile }: BackupOptions): Promise<Sealing | null> {
  if (recipient) return { kind: 'recipients', recipients: recipient }
  const passphrase = await newPassphrase(io, passphraseFile)
  return passphrase === null ? null : sealingWith(passphrase)
}

/** A command that only copies starts no gateway: without one it reads the home itself, under the home's lock. */
async function openSource(context: Context, asked: Asked): Promise<Source> {
  const gateway = await unlessUnreachable(context.runningGateway())
  if (!gateway) {
    const { host, packageRoot } = context
    const daemon = (await context.loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
    return daemon.openHomeBackup({ env: { ...host.env, TRASEAI_HOME: host.paths.home }, packageRoot, ...asked })
  }
  const { sealing, masterKey } = asked
  const { kind: _kind, ...sealedWith } = sealing
  const params =
    'key' in sealedWith ? { passphrase: sealedWith, masterKey } : { recipients: [...sealedWith.recipients], masterKey }
  const taken = await gateway.call('backup.create', params, { timeoutMs: createMsMax })
  return { taken, read: () => gateway.call('backup.read', { backupId: taken.backupId }) }
}

/** A vault that is not open is no reason to go without a backup of the rest, but one to ask. */
function withWayOut(error: unknown): never {
  if (!(error instanceof TraseError) || (error.code !== 'vault_locked' && error.code !== 'vault_key_missing'))
    throw error
  const { code, message, hint, data } = error
  const ways = [...(hint === undefined ? [] : [hint]), 'or leave the master key out: --without-key']
  throw new TraseError(code, message, { cause: error, hint: ways.join('; '), ...(data && { data }) })
}

/** @returns how many bytes it has */
async function copy({ io, host }: Context, source: Pick<Source, 'read'>, target: NewFile | null): Promise<number> {
  const progress = openProgress(io, host.env)
  let bytes = 0
  try {
    for (let isLast = false; !isLast;) {
      const { data, last } = await source.read()
      const piece = Buffer.from(data, 'base64')
      if (target) target.write(piece)
      else await writeOut(io, piece)
      bytes += piece.length
      isLast = last
      if (!last) progress.show(`${byteCount(bytes)} written`)
    }
  } finally {
    progress.end()
  }
  return bytes
}

/** Waits for a slow reader, so that no more than a piece is in memory. */
function writeOut({ stdout }: Io, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(new TraseError('cannot_create', `standard output cannot be written: ${error.message}`, { cause: error }))
    stdout.once('error', failed)
    stdout.write(bytes, (error) => {
      stdout.off('error', failed)
      if (error) failed(error)
      else resolve()
    })
  })
}

function abandonOnSignals({ host }: Context, target: NewFile | null): () => void {
  const statuses = { SIGINT: exitStatus.interrupted, SIGTERM: 143, SIGHUP: 129 } as const
  const off = Object.entries(statuses).map(([signal, status]) =>
    host.onSignal(signal as keyof typeof statuses, () => {
      target?.abandon()
      host.exit(status)
    }),
  )
  return () => off.forEach((undo) => undo())
}

interface Told extends Omit<BackupTaken, 'backupId'> {
  readonly file: string
  readonly sealedBytes: number
  readonly sealedFor: Sealing['kind']
}

function tell(io: Io, told: Told, isQuiet: boolean): void {
  const { file, sealedFor, sealedBytes, masterKey, secrets, notes } = told
  for (const note of notes) io.note(`note: ${note}`)
  if (file === '-') {
    if (!isQuiet) io.note(`everything up to event ${told.position} was written, ${byteCount(sealedBytes)}`)
  } else if (io.json || !isQuiet) {
    io.print(told, () => renderFacts(facts(told), { width: io.width, styleName: io.paint.bold }))
  }
  if (isQuiet || io.json) return
  if (!masterKey && secrets > 0) io.note('note: its stored secrets open only where their master key still is')
  const opener = sealedFor === 'passphrase' ? 'its passphrase' : 'the identity of a recipient'
  io.note(
    `note: whoever has it and ${opener} has every key in it${file === '-' ? '' : `; to try it: traseai restore --check ${file}`}`,
  )
}

function facts(told: Told): Fact[] {
  const { file, sealedBytes, position, lastEventAt, sealedFor } = told
  const end = lastEventAt === null ? 'it is empty' : `up to event ${position}, of ${localTime(lastEventAt)}`
  return [
    { name: 'backup', value: `${printableLine(file)} (${byteCount(sealedBytes)})` },
    { name: 'history', value: end },
    { name: 'in it', value: backupContents(told) },
    { name: 'sealed', value: sealedFor === 'passphrase' ? 'with a passphrase' : 'for age recipients' },
  ]
}
