// Minutes of mixed load at half the peak: whether memory, files, sockets, timers and listeners stay what they were.
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openInspector } from './inspector.mjs'
import { makeHome, startGateway } from './measure.mjs'
import { freePort, pinning, pinSelf, residentMegabytesOf, startListening } from './processes.mjs'
import { openLoad } from './soak-load.mjs'

const minutesUsual = 10
const sampleEveryMs = 10_000
const peakSeconds = 10
/** Enough to keep the machine busy beside the streams that each of them waits for now and then. */
const peakClients = 600
const quietMsMax = 60_000
/** Growth in the run, without its first fifth, that is still called flat: MB of memory, MB of heap. */
const growthMax = { rss: 24, heap: 4 }
/** What may be left at the end, when nothing is under way, beyond what was there at the beginning; heap in MB after garbage was collected. */
const leftMax = { heap: 3, fds: 6, handles: 6, listeners: 60 }
const expected = /^(small|large|stream) 200$|^leave (left|200)$|^reset 502$|^cut cut$|^[a-z]+ 429$/

const providerPath = fileURLToPath(new URL('soak-provider.mjs', import.meta.url))

/** `minutes`: how long; exits 1 when something grows. */
export async function* run({ minutes = minutesUsual } = {}) {
  const pins = pinning(1)
  if (pins) pinSelf(pins.rest)
  const stage = await openStage(pins)
  try {
    const { load, gateway } = stage
    await load.peak(peakClients, 2) // what is loaded and compiled on first use
    const peak = await load.peak(peakClients, peakSeconds)
    const before = await quiet(stage, null)
    const { eventCount } = await gateway.caller.call('gateway.status', {})
    yield { name: 'peak of this mix of requests', value: peak, unit: '/s' }
    console.log(tableHead)
    const samples = []
    const endsAt = performance.now() + minutes * 60_000
    const running = load.steady(peak / 2, () => performance.now() >= endsAt)
    while (performance.now() < endsAt) {
      await delay(Math.min(sampleEveryMs, endsAt - performance.now()))
      samples.push(await sample(stage, gateway.pid))
      console.log(tableLine(samples.at(-1)))
    }
    await running
    const after = await quiet(stage, before)
    const status = await gateway.caller.call('gateway.status', {})
    yield { name: 'cooldowns and other events meanwhile', value: status.eventCount - eventCount, unit: '' }
    yield* verdict(stage, samples, before, after)
  } finally {
    await stage.close()
  }
}

async function openStage(pins) {
  const port = await freePort()
  const provider = await startListening([process.execPath, providerPath, String(port)], port, {
    cores: pins?.rest ?? null,
  })
  const place = await makeHome({ models: { providers: { openai: { baseUrl: `http://127.0.0.1:${port}` } } } })
  const inspectPort = await freePort()
  const keys = Object.fromEntries(
    [1, 2, 3].map((each) => [`OPENAI_API_KEY_${each}`, `sk-bench-0000000000000000000${each}`]),
  )
  const nodeOptions = [`--inspect=127.0.0.1:${inspectPort}`]
  const gateway = await startGateway(place, keys, { cores: pins?.proxy ?? null, nodeOptions })
  const { token } = await gateway.caller.call('clients.issue', { name: 'soak' })
  const { http } = await gateway.caller.call('gateway.status', {})
  const target = {
    port: Number(new URL(http).port),
    path: '/openai/v1/chat/completions',
    headers: { authorization: `Bearer ${token}` },
  }
  const inspector = await openInspector(inspectPort)
  const startedAt = performance.now()
  return {
    gateway,
    inspector,
    load: openLoad(target),
    seconds: () => (performance.now() - startedAt) / 1_000,
    async close() {
      inspector.close()
      await gateway.stop()
      await provider.stop()
      await place.remove()
    },
  }
}

async function sample({ inspector, load, seconds }, pid) {
  const [rss, heapBytes, fds, handles] = await Promise.all([
    residentMegabytesOf([pid]),
    inspector.heapBytes(),
    openFiles(pid),
    inspector.activeResources(),
  ])
  const threads = Number(/Threads:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1])
  return { at: seconds(), rss, heap: heapBytes / 1e6, ...fds, handles, threads, begun: load.begun() }
}

/** Nothing under way, and connections that were kept for later are closed, as far as that happens. */
async function quiet(stage, before) {
  await stage.load.finish()
  const deadline = performance.now() + quietMsMax
  for (;;) {
    const now = await sample(stage, stage.gateway.pid)
    const isBack = before === null ? now.sockets.ESTABLISHED <= 2 : now.fds <= before.fds
    if (isBack || performance.now() > deadline) return { ...now, ...(await stage.inspector.listeners()) }
    await delay(1_000)
  }
}

const states = { '01': 'ESTABLISHED', '06': 'TIME_WAIT', '08': 'CLOSE_WAIT', '0A': 'LISTEN' }

/** Open files of a process, and its TCP sockets by state. */
async function openFiles(pid) {
  const folder = `/proc/${pid}/fd`
  const names = await readdir(folder)
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => ''))) // closed meanwhile
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  const sockets = { ESTABLISHED: 0, CLOSE_WAIT: 0, other: 0 }
  for (const table of ['tcp', 'tcp6']) {
    const lines = (await readFile(`/proc/${pid}/net/${table}`, 'utf8')).trim().split('\n').slice(1)
    for (const line of lines) {
      const fields = line.trim().split(/\s+/)
      if (!inodes.has(fields[9])) continue
      const state = states[fields[3]] ?? 'other'
      sockets[state in sockets ? state : 'other']++
    }
  }
  return { fds: names.length, sockets }
}

const columns = [
  'seconds',
  'requests',
  'RSS MB',
  'heap MB',
  'fds',
  'established',
  'close wait',
  'timers',
  'handles',
  'threads',
]
const tableHead = columns.map((name) => name.padStart(12)).join('')

const count = (handles) => Object.values(handles).reduce((sum, each) => sum + each, 0)

function tableLine({ at, begun, rss, heap, fds, sockets, handles, threads }) {
  const { ESTABLISHED, CLOSE_WAIT } = sockets
  const figures = [at.toFixed(0), begun, rss.toFixed(1), heap.toFixed(1), fds, ESTABLISHED, CLOSE_WAIT]
  return [...figures, handles.Timeout ?? 0, count(handles), threads].map((each) => String(each).padStart(12)).join('')
}

function* verdict({ load }, samples, before, after) {
  const settled = samples.slice(Math.ceil(samples.length / 5))
  const hours = (settled.at(-1).at - settled[0].at) / 3_600
  const problems = []
  for (const [field, name] of Object.entries({ rss: 'memory', heap: 'heap after garbage' })) {
    const perHour = slope(settled.map((each) => [each.at / 3_600, each[field]]))
    if (load.left() === 0 && perHour * hours > growthMax[field])
      problems.push(`${name} grew by ${(perHour * hours).toFixed(1)} MB`)
    yield { name: `${name}: slope`, value: perHour.toFixed(1), unit: 'MB/h' }
  }
  const still = {
    heap: ({ heap }) => Number(heap.toFixed(1)),
    fds: ({ fds }) => fds,
    handles: ({ handles }) => count(handles),
    listeners: ({ listeners }) => listeners,
  }
  for (const [name, of] of Object.entries(still)) {
    yield { name: `${name} with nothing under way, before and after`, value: `${of(before)} ${of(after)}`, unit: '' }
    if (of(after) - of(before) > leftMax[name]) problems.push(`${name} were left`)
  }
  const strange = Object.entries(load.ends()).filter(([end]) => !expected.test(end))
  if (strange.length > 0) problems.push(`answers that nobody expects: ${JSON.stringify(Object.fromEntries(strange))}`)
  if (load.left() > 0) {
    console.log(
      `${load.left()} requests were due and not begun: other work took the machine, so the slopes are not judged`,
    )
  }
  console.log(`how they ended: ${JSON.stringify(load.ends())}`)
  yield { name: 'verdict', value: problems.length === 0 ? 'flat' : problems.join('; '), unit: '' }
  if (problems.length > 0) process.exitCode = 1
}

/** Of the straight line nearest to the points. */
function slope(points) {
  const mean = (index) => points.reduce((sum, point) => sum + point[index], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const up = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  const across = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  return across === 0 ? 0 : up / across
}
