// Model requests through the gateway, beside nginx, Portkey's gateway and nothing at all: one provider, one load, the same cores.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chatRequest, hasWrk, latencies, streams, throughput } from './load.mjs'
import { median, percentile } from './measure.mjs'
import { Skip, targets, titles } from './peers.mjs'
import { pinning, pinSelf, processorSeconds, residentMegabytesOf } from './processes.mjs'
import { startAnswers, startStreams } from './upstreams.mjs'

/** Taken in turns, so that a busy moment of the machine does not hit one of them alone. */
const roundsUsual = 5
const secondsUsual = 2
const clients = 32
const small = chatRequest(1_000)
const large = chatRequest(64_000)
const streamed = chatRequest(1_000, { stream: true })
const streamCount = 2_000
const streamsPerSecond = 500
const warmUpRequests = 3_000

/** What `only` may name. */
export const names = Object.keys(targets)

/** `only`: names of targets; `cores`: how many the proxies get; `streams: 0` leaves the streams out. */
export async function* run(options = {}) {
  const chosen = options.only ?? names
  const pins = pinning(options.cores ?? 1)
  if (pins) pinSelf(pins.rest)
  console.log(
    pins
      ? `proxy on core ${pins.proxy.join(',')}; generator and provider on core ${pins.rest.join(',')}`
      : 'nothing is pinned: this needs taskset and two cores',
  )
  const bench = {
    folder: await mkdtemp(join(tmpdir(), 'traseai-bench-')),
    cores: pins?.proxy ?? null,
    rest: pins?.rest ?? null,
    count: pins?.count ?? 1,
    rounds: options.rounds ?? roundsUsual,
    seconds: options.seconds ?? secondsUsual,
    streamCount: options.streams ?? streamCount,
  }
  try {
    yield* await requestRows(bench, chosen)
    if (bench.streamCount > 0) yield* streamRows(bench, chosen)
  } finally {
    await rm(bench.folder, { recursive: true, force: true })
  }
}

async function requestRows(bench, names) {
  const provider = await startAnswers(bench.folder, bench.rest)
  console.log(`answers by ${provider.by}, rates by ${hasWrk() ? 'wrk' : 'Node, which tops out near 40,000/s'}`)
  const running = await startAll(bench, names, provider.port)
  try {
    for (const { target } of running) await latencies(target, small, { requests: warmUpRequests })
    const sequential = await inTurns(bench, running, (target) =>
      latencies(target, small, { seconds: bench.seconds / 2 }),
    )
    const rows = latencyRows(running, sequential)
    for (const [size, body] of Object.entries({ '1 kB': small, '64 kB': large })) {
      const load = { clients, folder: bench.folder, cores: bench.rest }
      for (const { target } of running) await throughput(target, body, { ...load, seconds: 1 })
      const measured = await inTurns(bench, running, (target) =>
        loaded(target, body, { ...load, seconds: bench.seconds }),
      )
      rows.push(...rateRows(running, measured, size))
    }
    for (const { name, target } of running) {
      if (target.pids.length > 0) rows.push(memoryRow(name, await residentMegabytesOf(target.pids)))
    }
    return rows
  } finally {
    for (const { target } of running) await target.stop()
    await provider.stop()
  }
}

const memoryRow = (name, value) => ({ name: `memory after that, ${titles[name]}`, value, unit: 'MB' })

/** Those that can be started; each of the others is named with the reason. */
async function startAll(bench, names, upstream) {
  const running = []
  for (const name of names) {
    try {
      running.push({ name, target: await targets[name]({ ...bench, upstream }) })
    } catch (error) {
      if (!(error instanceof Skip)) throw error
      console.log(`SKIPPED ${titles[name]}: ${error.message}`)
    }
  }
  return running
}

/** What `measure` says of each target, by round, and rounds by target. */
async function inTurns(bench, running, measure) {
  const measured = running.map(() => [])
  for (let round = 0; round < bench.rounds; round++) {
    for (const [index, { target }] of running.entries()) measured[index].push(await measure(target))
  }
  return measured
}

async function loaded(target, body, load) {
  const before = await processorSeconds(target.pids)
  const startedAt = performance.now()
  const { requests, perSecond } = await throughput(target, body, load)
  const processor = (await processorSeconds(target.pids)) - before
  return { requests, perSecond, processor, elapsed: (performance.now() - startedAt) / 1_000 }
}

/** What each adds is the median over the rounds of its percentile less that of the bare connection in the same round. */
function latencyRows(running, measured) {
  const direct = measured[running.findIndex(({ name }) => name === 'direct')]
  return running.flatMap(({ name }, index) => {
    const rows = [0.5, 0.99].map((p) => median(measured[index].map((times) => percentile(times, p))))
    const whole = { name: `one client, 1 kB, ${titles[name]}: p50 and p99`, value: microseconds(rows), unit: 'µs' }
    if (!direct || name === 'direct') return [whole]
    const added = [0.5, 0.99].map((p) =>
      median(measured[index].map((times, round) => percentile(times, p) - percentile(direct[round], p))),
    )
    return [whole, { name: '  added', value: microseconds(added), unit: 'µs' }]
  })
}

const microseconds = (values) => values.map((ms) => (ms * 1_000).toFixed(0)).join(' ')

function rateRows(running, measured, size) {
  const rates = measured.map((rounds) => median(rounds.map(({ perSecond }) => perSecond)))
  return running.flatMap(({ name, target }, index) => {
    const title = `${clients} clients, ${size}, ${titles[name]}`
    const rows = [{ name: title, value: rates[index], unit: '/s', ...besides(running, rates, name) }]
    if (target.pids.length === 0) return rows
    const total = (field) => measured[index].reduce((sum, round) => sum + round[field], 0)
    const cost = (total('processor') / total('requests')) * 1e6
    rows.push({ name: '  processor time a request', value: cost, unit: 'µs' })
    rows.push({ name: '  its core was busy', value: (total('processor') / total('elapsed')) * 100, unit: '%' })
    return rows
  })
}

/** Ours against each peer of the same run. */
function besides(running, values, name) {
  if (name !== 'ours') return {}
  const ours = values[running.findIndex((each) => each.name === 'ours')]
  const peers = running.flatMap((each, index) =>
    ['nginx', 'portkey'].includes(each.name) ? [{ against: titles[each.name], ratio: ours / values[index] }] : [],
  )
  return { beside: peers }
}

/** Each in a fresh process, since memory that an earlier load left behind would hide what a stream takes. */
async function* streamRows(bench, names) {
  const provider = await startStreams(bench.rest)
  let direct = null
  try {
    for (const name of names) {
      const [running] = await startAll(bench, [name], provider.port)
      if (!running) continue
      const measured = await measureStreams(bench, running.target)
      if (name === 'direct') direct = measured
      yield* rowsOfStreams(name, measured, direct, bench.streamCount)
    }
  } finally {
    await provider.stop()
  }
}

async function measureStreams(bench, target) {
  try {
    await streams(target, streamed, { count: 50, perSecond: 200 })
    const before = await residentMegabytesOf(target.pids)
    let during = before
    const onAllOpen = async () => (during = await residentMegabytesOf(target.pids))
    const load = { count: bench.streamCount, perSecond: streamsPerSecond, onAllOpen }
    const processorBefore = await processorSeconds(target.pids)
    const seen = await streams(target, streamed, load)
    return { ...seen, megabytes: during - before, processor: (await processorSeconds(target.pids)) - processorBefore }
  } finally {
    await target.stop()
  }
}

function rowsOfStreams(name, measured, direct, count) {
  const { firstByteMs, delayMs, errors, megabytes } = measured
  const both = (times) => [0.5, 0.99].map((p) => percentile(times, p))
  const rows = [{ name: `${count} event streams, ${titles[name]}: errors`, value: String(errors.length), unit: '' }]
  if (errors.length > 0)
    rows.push({ name: `  the first: ${JSON.stringify(errors[0].slice(0, 120))}`, value: '', unit: '' })
  if (delayMs.length === 0) return rows
  rows.push({ name: '  first byte, p50 and p99', value: milliseconds(both(firstByteMs)), unit: 'ms' })
  rows.push({ name: '  a later event, p50 and p99', value: milliseconds(both(delayMs)), unit: 'ms' })
  if (name === 'direct') return rows
  if (direct) {
    const added = both(firstByteMs).map((ms, index) => ms - both(direct.firstByteMs)[index])
    rows.push({ name: '  first byte, added', value: milliseconds(added), unit: 'ms' })
  }
  rows.push({ name: '  memory a stream', value: (megabytes / count) * 1_000, unit: 'kB' })
  rows.push({ name: '  processor time a stream', value: (measured.processor / count) * 1e6, unit: 'µs' })
  return rows
}

const milliseconds = (values) => values.map((ms) => ms.toFixed(2)).join(' ')
