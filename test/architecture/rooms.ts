// The plan of the house as data: which room may import which, and which package or Node module belongs to whom.

/** Files that lie directly in src/: every room stands on them. */
export const groundFloor = [
  'errors',
  'host',
  'version',
  'find-program',
  'flush-folder',
  'other-port',
  'port-owner',
  'read-if-allowed',
  'read-warily',
  'run-program',
] as const

const everyone = [...groundFloor]
const inner = [...everyone, 'domain'] as const
const middle = [...inner, 'storage', 'vault', 'sources', 'protocol'] as const
const outer = [...middle, 'control', 'gateway', 'login', 'service', 'notify', 'backup', 'doctor'] as const

/** What a room may import besides itself, and why not more. */
export const rooms = {
  domain: {
    imports: ['errors'],
    reason: 'the domain is pure: facts and rules, with time and environment as parameters',
  },
  storage: { imports: inner, reason: 'rooms of one floor do not know each other; the daemon wires them together' },
  vault: { imports: inner, reason: 'whoever holds a secret loads it, so it depends on as little as it can' },
  sources: { imports: [...inner, 'vault'], reason: 'sources hand out what they read, keys as Secret of the vault' },
  protocol: { imports: inner, reason: 'both ends of the wire load it, so it knows neither' },
  control: { imports: middle, reason: 'handlers get what they need from the daemon, not from rooms beside them' },
  gateway: { imports: middle, reason: 'a model request is served from what the daemon hands in' },
  login: { imports: middle, reason: 'a sign-in ends in a credential, and the daemon decides where it goes' },
  service: { imports: inner, reason: 'it talks to the service manager: units, readiness, and nothing that is served' },
  notify: { imports: inner, reason: 'it decides who is told and tells them; the daemon says what there is to tell' },
  backup: {
    imports: middle,
    reason: 'it packs and unpacks what the rooms below keep, without a gateway if need be',
  },
  doctor: {
    imports: [...middle, 'service', 'notify'],
    reason: 'it looks at what a host needs; the daemon hands in what runs',
  },
  daemon: { imports: outer, reason: 'it wires all rooms together; it is called by clients and calls none' },
  client: {
    imports: [...inner, 'protocol'],
    reason: 'the gateway is the one owner of state: a client asks through the socket',
  },
  cli: {
    imports: [...inner, 'protocol', 'client', 'service'],
    reason: 'the CLI parses, asks the client or the service manager, and prints; it touches no state',
  },
} as const satisfies Record<string, { imports: readonly string[]; reason: string }>

export type Room = keyof typeof rooms

/** The files outside the vault that turn a Secret back into text, and whom each sends it to. */
export const revealing = {
  'src/control/handlers/credentials.ts': 'a program that asks for it on the control socket, which the history records',
  'src/gateway/questions/ask-provider.ts': 'the provider, in a header',
  'src/gateway/attempts.ts': 'the provider, in a header',
  'src/login/last-words.ts': 'nobody: a code that was typed is taken out of what a program showed',
  'src/login/setup-token.ts': 'the program that asked for it: a code, typed into its terminal',
  'src/sources/env-variable.ts': 'the .env file',
} as const satisfies Readonly<Record<string, string>>

export const roomNames = Object.keys(rooms) as Room[]

interface Owned {
  readonly rooms: readonly Room[]
  /** Its types are no secret: host.spawn gives a ChildProcess to everybody. */
  readonly typesForAll?: true
  readonly reason: string
}

const server: readonly Room[] = [
  'domain',
  'storage',
  'vault',
  'sources',
  'protocol',
  'control',
  'gateway',
  'login',
  'service',
  'notify',
  'backup',
  'daemon',
]
const withDisk: readonly Room[] = [
  'storage',
  'vault',
  'sources',
  'control',
  'login',
  'service',
  'notify',
  'backup',
  'doctor',
  'daemon',
  'client',
  'cli',
]

/** Packages and Node modules that only some rooms may import. A package that is not here belongs to nobody yet. */
export const owned = {
  'better-sqlite3': { rooms: ['storage'], reason: 'only storage knows SQLite' },
  koffi: {
    rooms: ['control', 'service', 'daemon'],
    reason: 'system calls are made where a peer is checked and where the process starts',
  },
  'node-pty': { rooms: ['login'], reason: 'only sign-ins drive another program through a terminal' },
  '@xterm/headless': { rooms: ['login'], reason: 'only sign-ins read the screen of another program' },
  '@clack/prompts': { rooms: ['cli'], reason: 'only the CLI asks people' },
  qr: { rooms: ['cli'], reason: 'only the CLI draws' },
  undici: { rooms: [], reason: 'forwarding is the core, and has connections of its own' },
  'age-encryption': { rooms: ['backup'], reason: 'only backups are sealed for somebody else to open' },
  'tar-stream': { rooms: ['backup'], reason: 'only backups put files together' },
  plist: { rooms: ['service'], reason: 'only services are described to launchd' },
  commander: { rooms: ['cli'], reason: 'only the CLI has a command line' },
  pino: { rooms: ['daemon'], reason: 'the others log through Host' },
  dotenv: { rooms: ['sources'], reason: 'only sources read .env' },
  'jsonc-parser': { rooms: ['sources'], reason: 'only sources read the configuration' },
  'json-rpc-2.0': { rooms: ['control'], reason: 'the server side of the socket' },
  zod: { rooms: server, reason: 'loading zod costs the CLI 17 to 30 ms a start' },
  ms: { rooms: ['domain', 'sources', 'cli'], reason: 'durations are words at the edges and milliseconds inside' },
  'fastest-levenshtein': { rooms: ['domain', 'sources', 'cli'], reason: 'suggestions are made where names are known' },
  'node:fs': { rooms: withDisk, reason: 'no disk on the path of a model request, and none in pure code' },
  'node:fs/promises': { rooms: withDisk, reason: 'no disk on the path of a model request, and none in pure code' },
  'node:http': {
    rooms: ['gateway', 'login', 'cli'],
    reason: 'HTTP belongs to the gateway; of the CLI only the chat sends requests, in a bundle of its own',
  },
  'node:https': {
    rooms: ['gateway', 'login'],
    reason: 'HTTP belongs to the gateway; loading it costs start-up time elsewhere',
  },
  'node:net': {
    rooms: ['control', 'gateway', 'login', 'service', 'doctor', 'daemon', 'client'],
    reason: 'only these rooms have a socket',
  },
  'node:worker_threads': { rooms: ['storage', 'backup'], reason: 'what waits for the disk for long has a thread' },
  'node:child_process': {
    rooms: [],
    typesForAll: true,
    reason: 'programs are started with host.spawn, which tests replace',
  },
  'node:process': { rooms: [], reason: 'environment, streams and exit come from Host' },
  'node:perf_hooks': { rooms: [], reason: 'the clock comes from Host' },
  'node:sqlite': { rooms: [], reason: 'Node 20 has none: storage uses better-sqlite3' },
} as const satisfies Record<string, Owned>

/** The rooms that may import a package or Node module; undefined when the plan says nothing about it. */
export function ownersOf(specifier: string): Owned | undefined {
  const name = specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
  const table: Readonly<Record<string, Owned>> = owned
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** `src/domain/state.ts` is in `domain`, `src/errors.ts` is `errors` itself. */
export function roomOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? ''
}
