// `restore`: makes the home of a backup, or only looks whether that could be done.
import type { Command } from 'commander'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../../errors.ts'
import type { Environment } from '../../host.ts'
import { knownPassphrase, secretFile } from '../backup-passphrase.ts'
import type { Act, Context } from '../context.ts'
import { exitStatus } from '../exit-status.ts'
import { addHelpNote } from '../help-note.ts'
import type { Io } from '../io.ts'
import { openProgress } from '../progress.ts'
import { backupContents, byteCount } from '../render/backup.ts'
import { type Fact, renderFacts } from '../render/facts.ts'
import { printableLine } from '../render/printable.ts'
import { localTime } from '../render/time.ts'

interface RestoreOptions {
  readonly check?: true
  readonly force?: true
  readonly identity?: readonly string[]
  readonly passphraseFile?: string
  readonly keeper?: KeeperChoice
}

type KeeperChoice = 'same' | 'key-file'
type Opener =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'identities'; readonly identities: readonly string[] }

/** What src/daemon/home-restore.ts gives. */
interface HomeRestore {
  readonly home: string
  readonly kept: string | null
  readonly manifest: {
    readonly program: string
    readonly madeAt: string
    readonly position: number
    readonly lastEventAt: string | null
    readonly vault: { readonly secrets: number } | null
  }
  readonly files: readonly string[]
  readonly bytes: number
  readonly masterKey: boolean
  readonly keeper: { readonly keeper: string | null; readonly instead: string | null }
  readonly isStateCompared: boolean
  readonly notes: readonly string[]
}

/** What the daemon's bundle exports. */
interface DaemonModule {
  restoreHome(options: {
    readonly env: Environment
    readonly packageRoot: string
    readonly file: string | null
    opener(refusal: TraseError | null): Promise<Opener | null>
    readonly keeper: KeeperChoice | 'auto'
    readonly force: boolean
    readonly check: boolean
  }): Promise<HomeRestore | null>
}

/** At a terminal. */
const attemptsMax = 3
const identityPattern = /^AGE-SECRET-KEY-/

export function registerRestore(program: Command, act: Act): void {
  const restore = program
    .command('restore')
    .description('make this home of a backup, or check a backup; without a gateway')
    .argument('<file>', 'a file that backup has made; - is standard input')
    .option('--check', 'only look whether it could be restored, and touch no home')
    .option('--force', 'move a home that is there aside, and keep it')
    .option('--identity <path>', 'a file with the age identity of a recipient; may be given several times', gathered)
    .option('--passphrase-file <path>', 'the passphrase that it was sealed with (default: asked for)')
    .option(
      '--keeper <who>',
      'who keeps the master key: same (as before) or key-file (default: same, if it is there)',
      keeper,
    )
    .action((file: string, options: RestoreOptions) => act((context) => runRestore(context, file, options)))
  addHelpNote(restore, [
    'Everything is checked in a folder beside the home before it takes its place: each file, every page of the database, every event, every stored secret.',
  ])
}

export async function runRestore(context: Context, file: string, options: RestoreOptions): Promise<number> {
  const { host, io, packageRoot } = context
  const path = file === '-' ? null : resolve(file)
  const opener = openerOf(io, path, options)
  const daemon = (await context.loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
  const progress = openProgress(io, host.env)
  const restored = await daemon
    .restoreHome({
      env: { ...host.env, TRASEAI_HOME: host.paths.home },
      packageRoot,
      file: path,
      async opener(refusal) {
        progress.end()
        const given = await opener(refusal)
        if (given) progress.show('unpacking and checking')
        return given
      },
      keeper: options.keeper ?? 'auto',
      force: options.force === true,
      check: options.check === true,
    })
    .finally(() => progress.end())
  if (restored === null) return exitStatus.interrupted
  tell(io, file, restored, options.check === true)
  return exitStatus.ok
}

/** What opens the file, from where it is; asked for again only at a terminal. */
function openerOf(
  io: Io,
  path: string | null,
  { identity, passphraseFile }: RestoreOptions,
): (refusal: TraseError | null) => Promise<Opener | null> {
  if (identity && passphraseFile !== undefined) {
    throw new TraseError('usage', 'a backup is opened with an identity or a passphrase, not both')
  }
  const isAsked = !identity && passphraseFile === undefined
  if (isAsked && path === null) {
    throw new TraseError('usage', 'a backup that comes from standard input leaves none for its passphrase', {
      hint: 'name a file: --passphrase-file PATH, or --identity PATH',
    })
  }
  if (path !== null) refuseIrregular(path)
  if (isAsked && path !== null) refuseUnasked(path)
  let attempts = 0
  return async (refusal) => {
    if (refusal && !(isAsked && io.stdin.isTTY === true && attempts < attemptsMax)) throw refusal
    if (refusal) io.note(refusal.message)
    attempts += 1
    if (identity) return { kind: 'identities', identities: await identitiesIn(identity) }
    const passphrase = await knownPassphrase(io, passphraseFile)
    return passphrase === null ? null : { kind: 'passphrase', passphrase }
  }
}

/** A pipe that nobody writes to would hang where no signal ends it, and what was looked at in one is gone from it. */
function refuseIrregular(path: string): void {
  const stats = attemptRead(path, () => statSync(path))
  if (stats.isFile()) return
  throw new TraseError('file_unreadable', `${path} is ${stats.isDirectory() ? 'a directory' : 'no regular file'}`, {
    hint: stats.isDirectory() ? 'name a file in it' : 'name - and give it on standard input',
  })
}

/** Nobody is asked for a passphrase that opens nothing. The first lines of a file say for whom age has sealed it. */
function refuseUnasked(path: string): void {
  const [version = '', recipient = ''] = firstBytes(path).split('\n')
  if (version !== 'age-encryption.org/v1') {
    throw new TraseError('backup_refused', `${path} is no backup: age has not sealed it`)
  }
  if (recipient.startsWith('-> scrypt ')) return
  throw new TraseError('usage', `${path} is sealed for age recipients`, {
    hint: 'give the identity of one of them: --identity PATH',
  })
}

function firstBytes(path: string): string {
  return attemptRead(path, () => {
    const fd = openSync(path, 'r')
    try {
      const buffer = Buffer.alloc(128)
      return buffer.toString('latin1', 0, readSync(fd, buffer))
    } finally {
      closeSync(fd)
    }
  })
}

function attemptRead<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new TraseError('not_found', `there is no ${path}`, { cause: error })
    throw new TraseError('file_unreadable', `${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

async function identitiesIn(paths: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(paths.map(secretFile))
  return texts.flatMap((text, index) => {
    const lines = text.split(/\r?\n/).map((line) => line.trim())
    const identities = lines.filter((line) => identityPattern.test(line))
    if (identities.length > 0) return identities
    throw new TraseError('value_refused', `${paths[index]} holds no age identity`, {
      hint: 'one is a line AGE-SECRET-KEY-1…, as age-keygen makes it; one that is sealed itself must be opened first',
    })
  })
}

function gathered(path: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, path]
}

function keeper(text: string): KeeperChoice {
  if (text === 'same' || text === 'key-file') return text
  throw new TraseError('usage', `--keeper ${JSON.stringify(text)} is neither same nor key-file`)
}

function tell(io: Io, file: string, restored: HomeRestore, isCheck: boolean): void {
  const { home, kept, manifest, files, bytes, masterKey, keeper: who, isStateCompared } = restored
  const { position, lastEventAt, madeAt, program, vault } = manifest
  const told = {
    file,
    home: isCheck ? null : home,
    kept,
    program,
    madeAt,
    position,
    lastEventAt,
    files,
    bytes,
    secrets: vault?.secrets ?? 0,
    masterKey,
    keeper: who.keeper,
    stateCompared: isStateCompared,
    notes: restored.notes,
  }
  io.print(told, () => renderFacts(facts(told), { width: io.width, styleName: io.paint.bold }))
  if (io.json) return
  for (const note of restored.notes) io.note(`note: ${note}`)
  if (!isStateCompared) io.note('note: it is of another version: its events were read, their sum was not compared')
  if (!isCheck) io.note('hint: start it: traseai gateway start')
}

type Told = Pick<HomeRestore, 'kept' | 'files' | 'bytes' | 'masterKey'> &
  Pick<HomeRestore['manifest'], 'madeAt' | 'position' | 'lastEventAt'> & {
    readonly file: string
    readonly home: string | null
    readonly secrets: number
    readonly keeper: string | null
  }

function facts(told: Told): Fact[] {
  const { file, home, kept, madeAt, position, lastEventAt, bytes, keeper: who } = told
  const end = lastEventAt === null ? 'it is empty' : `up to event ${position}, of ${localTime(lastEventAt)}`
  return [
    { name: 'backup', value: `${printableLine(file)}, made ${localTime(madeAt)}` },
    home === null
      ? { name: 'result', value: `it can be restored (${byteCount(bytes)})` }
      : { name: 'home', value: printableLine(home) },
    ...(kept === null ? [] : [{ name: 'before', value: `${printableLine(kept)} (kept)` }]),
    { name: 'history', value: end },
    { name: 'in it', value: backupContents(told) },
    ...(who === null ? [] : [{ name: 'keeper', value: `of the master key: ${who}` }]),
  ]
}
