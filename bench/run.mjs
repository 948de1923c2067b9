// npm run bench [-- NAME… --OPTION VALUE…]: prints what was measured, each figure beside one taken in the same minute on the same machine.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'

/** Each module exports `run(options)`, which gives rows as they are measured or a promise of all; a row is `{ name, value, unit, against?, ratio?, beside?: { against, ratio }[] }`. */
const benches = {
  cli: './cli.mjs',
  start: './start.mjs',
  rpc: './rpc.mjs',
  env: './env.mjs',
  log: './event-log.mjs',
  gateway: './gateway.mjs',
  month: './month.mjs',
  soak: './soak.mjs',
}
/** They take minutes: only when they are named. */
const long = new Set(['month', 'soak'])

const number = { type: 'string' }
/** What the benches take: each uses its own. Without `--only` a bench takes all its targets. */
const { positionals: asked, values } = readArguments()
const { only, ...numbers } = values
const options = {
  ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, numberOf(name, value)])),
  ...(only === undefined ? {} : { only: only.split(',') }),
}
refuseUnknown('bench', asked, Object.keys(benches))
const chosen = Object.entries(benches).filter(([name]) => (asked.length > 0 ? asked.includes(name) : !long.has(name)))
const modules = await Promise.all(chosen.map(async ([name, file]) => ({ name, ...(await import(file)) })))
// One that names no targets leaves `--only` alone.
for (const { name, names } of modules) if (names) refuseUnknown(`target of ${name}`, options.only ?? [], names)

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}\n`)
for (const { name, run } of modules) {
  console.log(`## ${name}`)
  for await (const row of await run(options)) console.log(formatRow(row))
  console.log('')
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        seconds: number,
        rounds: number,
        cores: number,
        streams: number,
        minutes: number,
        days: number,
        seed: number,
      },
    })
  } catch (error) {
    return refuse(error.message)
  }
}

function numberOf(name, value) {
  const parsed = Number(value)
  return value.trim() !== '' && parsed >= 0 ? parsed : refuse(`--${name} takes a number, and ${value} is none`)
}

function refuseUnknown(what, given, known) {
  const unknown = given.filter((name) => !known.includes(name))
  if (unknown.length > 0) refuse(`no such ${what}: ${unknown.join(', ')}; there are ${known.join(', ')}`)
}

/** 64 is the exit status of wrong usage, sysexits.h. */
function refuse(message) {
  console.error(message)
  process.exit(64)
}

function formatRow({ name, value, unit, against, ratio, beside = against === undefined ? [] : [{ against, ratio }] }) {
  const figure = typeof value === 'number' ? formatNumber(value) : String(value)
  const ratios = beside.map((each) => `${each.ratio.toFixed(2)} × ${each.against}`).join(', ')
  return `${name.padEnd(58)} ${figure.padStart(10)} ${unit.padEnd(10)}${ratios && `   ${ratios}`}`.trimEnd()
}

function formatNumber(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US')
  return value >= 10 ? value.toFixed(1) : value.toFixed(3)
}
