// Calls and durable changes a second on the control socket, from one caller and from 64 that each wait for their answers.
import { makeHome, openCaller, percentile, startGateway } from './measure.mjs'

const secondsEach = 3

export async function run() {
  const place = await makeHome()
  const gateway = await startGateway(place, { ANTHROPIC_API_KEY: 'sk-ant-bench-000000000000000001' })
  try {
    const rows = []
    for (const callers of [1, 64])
      rows.push(...rowsOf(`order.get calls, ${callers} caller(s)`, await load(place.socket, callers, read)))
    for (const callers of [1, 64])
      rows.push(...rowsOf(`durable changes, ${callers} caller(s)`, await load(place.socket, callers, change)))
    return rows
  } finally {
    await gateway.stop()
    await place.remove()
  }
}

const read = (caller) => caller.call('order.get', { provider: 'anthropic' })

/** Each call appends one event and is answered once that is on disk. */
function change(caller, callerNumber, count) {
  const name = `bench-${callerNumber}`
  return count % 2 === 0 ? caller.call('clients.issue', { name }) : caller.call('clients.revoke', { name })
}

async function load(socket, callers, act) {
  const latencies = []
  const deadline = performance.now() + secondsEach * 1_000
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: callers }, async (_, number) => {
      const caller = await openCaller(socket)
      let count = 0
      for (; performance.now() < deadline || count % 2 === 1; count += 1) {
        const sentAt = performance.now()
        await act(caller, number, count)
        latencies.push(performance.now() - sentAt)
      }
      caller.close()
    }),
  )
  return { perSecond: latencies.length / ((performance.now() - startedAt) / 1_000), latencies }
}

function rowsOf(name, { perSecond, latencies }) {
  return [
    { name, value: perSecond, unit: '/s' },
    {
      name: `${name}, p50 and p99`,
      value: `${percentile(latencies, 0.5).toFixed(3)} ${percentile(latencies, 0.99).toFixed(3)}`,
      unit: 'ms',
    },
  ]
}
