// npm run bench [-- NAME…]: prints what was measured, each figure beside one taken in the same minute on the same machine.
import { cpus } from 'node:os'

/** Each module exports `run(): Promise<Row[]>`; a row is `{ name, value, unit, against?, ratio? }`. */
const benches = {
  cli: './cli.mjs',
  start: './start.mjs',
  rpc: './rpc.mjs',
  env: './env.mjs',
  log: './event-log.mjs',
  gateway: './http-load.mjs',
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`)
  process.exit(64)
}

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}\n`)
for (const [name, file] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.log(`## ${name}`)
  const { run } = await import(file)
  for (const row of await run()) console.log(formatRow(row))
  console.log('')
}

function formatRow({ name, value, unit, against, ratio }) {
  const figure = typeof value === 'number' ? formatNumber(value) : String(value)
  const beside = against === undefined ? '' : `   ${ratio.toFixed(2)} × ${against}`
  return `${name.padEnd(58)} ${figure.padStart(10)} ${unit.padEnd(10)}${beside}`
}

function formatNumber(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US')
  return value >= 10 ? value.toFixed(1) : value.toFixed(3)
}
