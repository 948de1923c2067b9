// The keeper of desktops: the keyring of the user's session, reached through the program that the system has for it.
import { errnoOf, messageOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import { pickVariables, type ProgramEnd, runProgram } from '../../run-program.ts'
import { drawMasterKey, keepOnly, type MasterKey, readKeys, wipe, writtenKey } from '../master-key.ts'
import type { FoundKey, Keeper, KeeperDeps, NewKey } from './keeper.ts'

/** A keyring that asks its user something on a screen that nobody sees must not hold up a start. */
const timeoutMs = 10_000
const outputBytesMax = 65_536
/** What a keyring's program needs to find its daemon. Nothing else is handed on. */
const inherited =
  /^(HOME|USER|LOGNAME|PATH|LANG|LC_[A-Z]+|DBUS_SESSION_BUS_ADDRESS|XDG_[A-Z_]+|DISPLAY|WAYLAND_DISPLAY)$/

type Ran = Extract<ProgramEnd, { end: 'exit' }>

/** The key crosses in standard input and output only: arguments can be seen by every user of the machine. */
interface KeyringProgram {
  readonly command: string
  readonly place: string
  readonly install: string
  readonly find: (keyId: string) => readonly string[]
  readonly store: (keyId: string, written: string) => { readonly args: readonly string[]; readonly input: string }
  readonly forget: (keyId: string) => readonly string[]
  /** True for the answer "there is no such entry". */
  readonly isAbsent: (ran: Ran) => boolean
}

const secretService: KeyringProgram = {
  command: 'secret-tool',
  place: 'the keyring of the session (Secret Service)',
  install: 'install secret-tool (Debian and Ubuntu: libsecret-tools; Fedora: libsecret), or choose another keeper',
  find: (keyId) => ['lookup', 'application', 'traseai', 'key', keyId],
  store: (keyId, written) => ({
    args: ['store', `--label=TraseAI vault ${keyId}`, 'application', 'traseai', 'key', keyId],
    input: written,
  }),
  forget: (keyId) => ['clear', 'application', 'traseai', 'key', keyId],
  isAbsent: ({ status, complaint }) => status === 1 && complaint.trim() === '',
}

/** errSecItemNotFound, as `security` ends with it. */
const itemNotFound = 44

const keychain: KeyringProgram = {
  command: 'security',
  place: 'the login keychain',
  install: 'choose another keeper',
  find: (keyId) => ['find-generic-password', '-s', 'TraseAI', '-a', keyId, '-w'],
  // `-i` reads commands from standard input: as arguments of its own, the key would be there for all to see.
  store: (keyId, written) => ({
    args: ['-i'],
    input: `add-generic-password -U -s TraseAI -a ${keyId} -l "TraseAI vault" -w ${written}\n`,
  }),
  forget: (keyId) => ['delete-generic-password', '-s', 'TraseAI', '-a', keyId],
  isAbsent: ({ status }) => status === itemNotFound,
}

export const keyring: Keeper = {
  place: ({ host }) => programOf(host).place,
  find,
  make,
  forget,
}

function programOf({ platform }: Host): KeyringProgram {
  return platform === 'darwin' ? keychain : secretService
}

async function find({ host }: KeeperDeps, keyId: string): Promise<FoundKey> {
  const program = programOf(host)
  const { place } = program
  const hint = 'open it by signing in to the desktop, then: traseai vault unlock'
  try {
    const ran = await run(host, program, program.find(keyId))
    if (program.isAbsent(ran)) return { outcome: 'missing', reason: `${place} has no key ${keyId}`, hint }
    if (ran.status !== 0) return { outcome: 'locked', reason: failure(program, ran), hint }
    const key = keepOnly(readKeys(takeText(ran.output)).keys, keyId)
    return key ? { outcome: 'found', key } : { outcome: 'missing', reason: `${place} holds another key`, hint }
  } catch (error) {
    const known = error instanceof TraseError ? error.hint : undefined
    return { outcome: 'locked', reason: messageOf(error), hint: known ?? hint }
  }
}

async function make(deps: KeeperDeps): Promise<NewKey> {
  const { host } = deps
  const program = programOf(host)
  const key = drawMasterKey((bytes) => host.randomBytes(bytes))
  try {
    await store(host, program, key)
    // Read back before anything is sealed with it: a keyring of the session alone forgets it, and some say nothing of it.
    const found = await find(deps, key.id)
    if (found.outcome !== 'found') {
      throw new TraseError('cannot_create', `${program.place} did not keep the key: ${found.reason}`, {
        hint: found.hint,
      })
    }
    wipe(found.key)
    return { key, parameters: {} }
  } catch (error) {
    wipe(key)
    throw error
  }
}

async function store(host: Host, program: KeyringProgram, key: MasterKey): Promise<void> {
  const { args, input } = program.store(key.id, writtenKey(key))
  const ran = await run(host, program, args, input)
  if (ran.status === 0) return
  throw new TraseError('cannot_create', failure(program, ran), {
    hint: 'a keyring needs a session that somebody has signed in to; choose another keeper for a server',
  })
}

async function forget({ host }: KeeperDeps, keyId: string): Promise<string | null> {
  const program = programOf(host)
  const ran = await run(host, program, program.forget(keyId))
  if (ran.status === 0 || program.isAbsent(ran)) return null
  return `take the old key ${keyId} out of ${program.place} by hand: ${failure(program, ran)}`
}

/** @throws TraseError `program_missing`, `timeout`, `cannot_create` */
async function run(
  host: Host,
  { command, install: hint }: KeyringProgram,
  args: readonly string[],
  input: string = '',
): Promise<Ran> {
  const env = pickVariables(host.env, inherited)
  const ran = await runProgram(host, { program: command, args, env, input, timeoutMs, outputBytesMax })
  if (ran.end === 'exit') return ran
  if (ran.end === 'late') throw new TraseError('timeout', `${command} did not answer within ${timeoutMs / 1_000} s`)
  if (ran.end !== 'not_started') throw new TraseError('cannot_create', `${command} printed too much`)
  if (errnoOf(ran.error) === 'ENOENT') throw new TraseError('program_missing', `${command} is not installed`, { hint })
  throw new TraseError('cannot_create', `${command} cannot be run: ${ran.error.message}`, { hint, cause: ran.error })
}

function takeText(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  bytes.fill(0)
  return text
}

function failure({ command }: KeyringProgram, { status, complaint }: Ran): string {
  const [firstLine = ''] = complaint.trim().split('\n', 1)
  return `${command} ended with status ${status}${firstLine === '' ? '' : `: ${firstLine.slice(0, 200)}`}`
}
