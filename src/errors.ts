// The catalogue of every failure the product can report: its wire code, its exit status and the hint a person gets.

/** What a failure looks like on the wire and at the shell. `rpcCode` is positive for our own errors (JSON-RPC reserves the negative range). */
interface ErrorEntry {
  readonly rpcCode: number
  /** Exit status of the CLI, after sysexits(3). */
  readonly exitStatus: number
  /** One sentence for the generated reference page. */
  readonly summary: string
  /** What to do next when the place that throws knows nothing better. */
  readonly hint?: string
}

export const errorCatalogue = {
  usage: {
    rpcCode: 100,
    exitStatus: 64,
    summary: 'The command line or a parameter makes no sense.',
    hint: 'add --help to see what is accepted',
  },
  not_found: { rpcCode: 101, exitStatus: 66, summary: 'An id, provider, model, event or file that is not there.' },
  already_exists: { rpcCode: 102, exitStatus: 73, summary: 'A name that is already taken.' },
  conflict: {
    rpcCode: 103,
    exitStatus: 75,
    summary: 'Something else changed the same thing first.',
    hint: 'try again',
  },
  busy: {
    rpcCode: 104,
    exitStatus: 75,
    summary: 'A written limit on waiting work was reached.',
    hint: 'try again in a moment',
  },
  limit_reached: {
    rpcCode: 105,
    exitStatus: 73,
    summary: 'A written limit on how many of a thing are kept was reached.',
    hint: 'remove what is no longer needed',
  },
  gateway_unreachable: {
    rpcCode: 110,
    exitStatus: 69,
    summary: 'No gateway answers on the control socket.',
    hint: 'start it: traseai gateway start',
  },
  gateway_running: {
    rpcCode: 111,
    exitStatus: 75,
    summary: 'Another gateway already serves this home.',
    hint: 'stop it first: traseai gateway stop',
  },
  address_in_use: {
    rpcCode: 112,
    exitStatus: 73,
    summary: 'The HTTP port or the control socket belongs to another program.',
    hint: 'set gateway.port in traseai.json, or stop the other program',
  },
  socket_path_too_long: {
    rpcCode: 113,
    exitStatus: 78,
    summary: 'The path of the control socket does not fit a Unix socket address.',
    hint: 'set TRASEAI_SOCKET to a shorter path',
  },
  timeout: { rpcCode: 114, exitStatus: 75, summary: 'An answer did not come within its time limit.' },
  connection_lost: {
    rpcCode: 115,
    exitStatus: 69,
    summary: 'The gateway went away in the middle of a call.',
    hint: 'see what happened: traseai gateway logs',
  },
  program_replaced: {
    rpcCode: 116,
    exitStatus: 69,
    summary:
      'The gateway that runs is of another version than the program that is installed, and the two do not understand each other.',
    hint: 'take up the installed one: traseai gateway restart',
  },
  home_unwritable: {
    rpcCode: 120,
    exitStatus: 73,
    summary: 'The home directory cannot be created or written.',
    hint: 'check owner, mode and free space, or set TRASEAI_HOME',
  },
  home_not_ours: {
    rpcCode: 121,
    exitStatus: 77,
    summary: 'The home directory belongs to another user.',
    hint: 'run as its owner, or set TRASEAI_HOME to a directory of your own',
  },
  permission_denied: { rpcCode: 122, exitStatus: 77, summary: 'The caller may not do this.' },
  disk_full: {
    rpcCode: 123,
    exitStatus: 73,
    summary: 'The disk is full: nothing was changed.',
    hint: 'free some space and try again',
  },
  file_unreadable: { rpcCode: 124, exitStatus: 66, summary: 'A file that is needed cannot be read.' },
  cannot_create: { rpcCode: 125, exitStatus: 73, summary: 'A file, or an entry of a keyring, cannot be written.' },
  database_not_ours: {
    rpcCode: 130,
    exitStatus: 78,
    summary: 'traseai.db is not a TraseAI database.',
    hint: 'move the file away and start again, or restore it from a backup',
  },
  database_corrupt: {
    rpcCode: 131,
    exitStatus: 78,
    summary: 'traseai.db is damaged or cut short.',
    hint: 'keep the file, restore a backup, and do not start a gateway on it',
  },
  database_newer: {
    rpcCode: 132,
    exitStatus: 78,
    summary: 'traseai.db was written by a newer TraseAI.',
    hint: 'install that version again, or use another TRASEAI_HOME',
  },
  storage_failed: {
    rpcCode: 133,
    exitStatus: 70,
    summary: 'The event log could not be read or written.',
    hint: 'see the reason: traseai gateway logs',
  },
  configuration_invalid: {
    rpcCode: 140,
    exitStatus: 78,
    summary: 'traseai.json has an unknown key, a wrong type or broken syntax.',
    hint: 'mend the named line; the gateway keeps the last good configuration meanwhile',
  },
  env_file_invalid: {
    rpcCode: 141,
    exitStatus: 78,
    summary: 'The .env file cannot be used as it is.',
    hint: 'mend or remove the file; the keys that were read last stay in use',
  },
  value_refused: {
    rpcCode: 142,
    exitStatus: 65,
    summary: 'A value cannot be what it is given as: no key of its provider, or not the passphrase of the vault.',
  },
  no_credentials: {
    rpcCode: 150,
    exitStatus: 69,
    summary: 'No usable credential for the provider.',
    hint: 'see why: traseai models status',
  },
  rate_limited: {
    rpcCode: 151,
    exitStatus: 75,
    summary: 'Every credential that could serve a request is rate limited.',
    hint: 'try again later',
  },
  credential_refused: {
    rpcCode: 152,
    exitStatus: 77,
    summary: 'The provider does not accept the credential of a request, or wants to be paid.',
    hint: 'see what is known of it: traseai models status',
  },
  request_refused: {
    rpcCode: 153,
    exitStatus: 65,
    summary: 'The provider does not take a request as it is.',
  },
  provider_failed: {
    rpcCode: 154,
    exitStatus: 75,
    summary: 'The provider had an error of its own, or its answer broke off.',
    hint: 'try again in a moment',
  },
  provider_unreachable: {
    rpcCode: 155,
    exitStatus: 69,
    summary: 'The gateway cannot reach the provider.',
    hint: 'check the network, and models.providers in traseai.json',
  },
  vault_locked: {
    rpcCode: 160,
    exitStatus: 77,
    summary: 'The vault is locked: its master key is not at hand.',
    hint: 'unlock it: traseai vault unlock',
  },
  vault_key_missing: {
    rpcCode: 161,
    exitStatus: 78,
    summary: 'The master key that the stored secrets are sealed with is not where it is kept, or is another one.',
    hint: 'see which one is needed, and where: traseai vault status',
  },
  vault_damaged: {
    rpcCode: 162,
    exitStatus: 78,
    summary: 'A sealed secret cannot be opened with the key that sealed it.',
    hint: 'store the credential again',
  },
  reference_failed: {
    rpcCode: 163,
    exitStatus: 69,
    summary: 'What a reference leads to (a variable, a file, a program) gave no secret.',
  },
  program_missing: { rpcCode: 165, exitStatus: 69, summary: 'A program that is needed is not installed.' },
  service_manager: {
    rpcCode: 167,
    exitStatus: 71,
    summary: 'The service manager (systemd, launchd) did not do what it was asked for.',
  },
  backup_refused: {
    rpcCode: 168,
    exitStatus: 65,
    summary: 'A backup that is damaged, cut short, of another program, or of a newer version.',
    hint: 'nothing was changed; try an older backup',
  },
  login_failed: { rpcCode: 166, exitStatus: 69, summary: 'A sign-in ended without a credential.' },
  internal: {
    rpcCode: 199,
    exitStatus: 70,
    summary: 'A defect of the program.',
    hint: 'please report it with the lines of traseai gateway logs',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorName = keyof typeof errorCatalogue

export interface TraseErrorOptions {
  /** What to type next; replaces the catalogue's hint. */
  readonly hint?: string | undefined
  /** Facts for programs (`error.data` on the wire); never a secret. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** A failure with a name from the catalogue. Messages are lower case: what failed, with which value. */
export class TraseError extends Error {
  /** By name, not by identity: the CLI and the daemon are bundles of their own, each with a copy of this class. */
  static override [Symbol.hasInstance](value: unknown): value is TraseError {
    return value instanceof Error && value.name === 'TraseError' && 'code' in value && isErrorName(value.code)
  }

  override readonly name = 'TraseError'
  readonly code: ErrorName
  readonly hint: string | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined

  constructor(code: ErrorName, message: string, options: TraseErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    const entry: ErrorEntry = errorCatalogue[code]
    this.hint = options.hint ?? entry.hint
    this.data = options.data
  }
}

/** True for a name of the catalogue, such as one that came over the wire. */
export function isErrorName(name: unknown): name is ErrorName {
  return typeof name === 'string' && Object.hasOwn(errorCatalogue, name)
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** What a message shows of a longer text from outside. */
const quotedCharactersMax = 80

/** A text from outside as a message shows it: as a JSON string, so that no control character gets through, and not at any length. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, quotedCharactersMax))
}

/** The errno name (`ENOENT`, `EACCES`) of a failed system call, if that is what was thrown. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}
