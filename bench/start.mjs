// How long a start takes with a short and with a long history, and what the daemon takes when it idles.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fillLog } from './fill-log.mjs'
import { environments, makeHome, median, residentMegabytes, startGateway, timeCommand } from './measure.mjs'

const histories = [1_000, 1_000_000]
const runs = 9
/** Long enough for the garbage of the start to be collected. */
const idleMs = 5_000
const keys = {
  ANTHROPIC_API_KEY: 'sk-ant-bench-000000000000000001',
  OPENAI_API_KEY: 'sk-bench-00000000000000000000000001',
}

export async function run() {
  const places = []
  try {
    for (const events of histories) places.push(await prepare(events))
    const rows = []
    for (const where of Object.keys(environments(''))) rows.push(...(await measureStarts(places, where)))
    rows.push(await idleMemory(places.at(-1).place))
    return rows
  } finally {
    for (const { place } of places) await place.remove()
  }
}

/** The starts and the bare Node in turn, so that all of them see the same machine. */
async function measureStarts(places, where) {
  const starts = places.map(() => [])
  const bare = []
  for (let each = 0; each < runs; each += 1) {
    for (const [index, { place }] of places.entries()) {
      const env = environments(place.folder)[where]
      bare.push((await timeCommand(['-e', '0'], env)).ms)
      const gateway = await startGateway(place, { ...env, ...keys })
      starts[index].push(gateway.readyMs)
      await gateway.stop()
    }
  }
  const node = median(bare)
  const [short, long] = starts.map(median)
  return [
    ...places.map(({ events }, index) => {
      const value = median(starts[index])
      const name = `ready with ${events.toLocaleString('en-US')} events, ${where}`
      return { name, value, unit: 'ms', against: 'node -e 0', ratio: value / node }
    }),
    { name: `long history, ${where}`, value: long, unit: 'ms', against: 'short history', ratio: long / short },
  ]
}

/** A home whose history was written through the storage's own append; one start folds it and leaves a snapshot. */
async function prepare(events) {
  const place = await makeHome()
  await fillLog({ databasePath: join(place.home, 'traseai.db'), events })
  const gateway = await startGateway(place, keys)
  await gateway.stop()
  return { events, place }
}

async function idleMemory(place) {
  const gateway = await startGateway(place, keys)
  await delay(idleMs)
  const value = await residentMegabytes(gateway.pid)
  await gateway.stop()
  return { name: `resident memory ${idleMs / 1000} s after the start`, value, unit: 'MB' }
}
