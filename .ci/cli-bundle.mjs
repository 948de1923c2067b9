// What the CLI's bundles must not hold, and the chain of imports that brought it in; for the build and its test.
// @ts-check

/** The bundle of every command, and the one that only dialogues load. */
export const cliEntries = /** @type {const} */ (['src/cli/main.ts', 'src/cli/interactive/main.ts'])

/** Why each is banned: they cost start-up time, or they belong to the gateway, the one owner of all state. */
const banned = [
  { name: 'zod', pattern: /(^|\/)node_modules\/zod\//, reason: 'loading zod costs 17 to 30 ms' },
  {
    name: 'a native package',
    pattern: /(^|\/)node_modules\/(better-sqlite3|koffi)\/|^(better-sqlite3|koffi)$/,
    reason: 'only the gateway opens the database and makes system calls',
  },
  {
    name: 'a package of the gateway',
    pattern: /(^|\/)node_modules\/(undici|pino|dotenv|age-encryption|tar-stream)\//,
    reason: 'the CLI asks the gateway instead of doing its work',
  },
  {
    name: 'an HTTP module',
    pattern: /^(node:)?(http|https|http2|inspector|cluster)$/,
    reason:
      'loading it costs start-up time, and commands speak to one Unix socket only; the chat is in the other bundle',
    entry: 'src/cli/main.ts',
  },
  {
    name: 'a room that touches state',
    pattern: /^src\/(storage|vault|sources|control|gateway|login|notify|backup|doctor|daemon)\//,
    reason: 'the gateway is the one owner of state',
  },
  {
    name: 'a part of the dialogues',
    pattern: /^src\/cli\/interactive\/|(^|\/)node_modules\/(@clack|qr|plist)\//,
    reason: 'only commands that ask people need it: load it with context.loadInteractive()',
    entry: 'src/cli/main.ts',
  },
]

/**
 * Every banned module of one of the CLI's bundles as `src/cli/main.ts -> … -> module (reason)`.
 * @param {import('esbuild').Metafile} metafile paths relative to the root of the project
 * @param {string} [entry]
 * @returns {string[]}
 */
export function bannedFromCli(metafile, entry = 'src/cli/main.ts') {
  const bans = banned.filter((ban) => ban.entry === undefined || ban.entry === entry)
  const cameFrom = new Map([[entry, '']])
  const found = []
  for (const path of cameFrom.keys()) {
    const ban = bans.find(({ pattern }) => pattern.test(path))
    if (ban) found.push(`  ${chain(cameFrom, path)}\n    ${ban.name}: ${ban.reason}`)
    // What a banned module imports in its turn is no news.
    const imports = ban ? [] : (metafile.inputs[path]?.imports ?? [])
    for (const next of imports) if (!cameFrom.has(next.path)) cameFrom.set(next.path, path)
  }
  return found
}

/** @param {Map<string, string>} cameFrom @param {string} path */
function chain(cameFrom, path) {
  const steps = []
  for (let step = path; step !== ''; step = cameFrom.get(step) ?? '') steps.unshift(step)
  return steps.join(' -> ')
}
