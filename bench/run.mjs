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
const { positionals: asked, values } = parseArgs({
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
const { only, ...numbers } = values
const options = {
  ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])),
  ...(only === undefined ? {} : { only: only.split(',') }),
}
const unknown = asked.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`)
  process.exit(64)
}

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}\n`)
for (const [name, file] of Object.entries(benches)) {
  if (asked.length > 0 ? !asked.includes(name) : long.has(name)) continue
  console.log(`## ${name}`)
  const { run } = await import(file)
  for await (const row of await run(options)) console.log(formatRow(row))
  console.log('')
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
