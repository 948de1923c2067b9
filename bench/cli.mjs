// How long a person waits for the CLI, beside what Node itself takes to start.
import { cliPath, environments, makeHome, median, startGateway, timeCommand } from './measure.mjs'

const runs = 25
const commands = {
  'traseai models status': ['models', 'status'],
  'traseai models status --check': ['models', 'status', '--check'],
  'traseai --version': ['--version'],
}

export async function run() {
  const place = await makeHome()
  const gateway = await startGateway(place, { ANTHROPIC_API_KEY: 'sk-ant-bench-000000000000000001' })
  try {
    const rows = []
    for (const [where, env] of Object.entries(environments(place.folder))) {
      for (const [name, args] of Object.entries(commands)) rows.push(await measure(`${name}, ${where}`, args, env))
    }
    return rows
  } finally {
    await gateway.stop()
    await place.remove()
  }
}

/** The two commands in turn, so that what else the machine does slows down both. */
async function measure(name, args, env) {
  const ours = []
  const bare = []
  await timeCommand([cliPath, ...args], env)
  for (let each = 0; each < runs; each += 1) {
    bare.push((await timeCommand(['-e', '0'], env)).ms)
    ours.push((await timeCommand([cliPath, ...args], env)).ms)
  }
  const ratios = ours.map((ms, index) => ms / bare[index])
  return { name, value: median(ours), unit: 'ms', against: 'node -e 0', ratio: median(ratios) }
}
