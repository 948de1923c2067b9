// What the benches share: a throw-away home with a real gateway, a bare JSON-RPC caller, and statistics.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const cliPath = fileURLToPath(new URL('../bin/traseai.js', import.meta.url))
const startTimeoutMs = 60_000

/** `sorted[p]` of the values, p from 0 to 1. */
export function percentile(values, p) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]
}

export const median = (values) => percentile(values, 0.5)

/** An environment without keys of the person who runs the bench. */
export function cleanEnvironment(home, more = {}) {
  return { PATH: process.env.PATH, HOME: home, TRASEAI_HOME: join(home, '.traseai'), ...more }
}

/** Node reads its environment: a variable such as NODE_EXTRA_CA_CERTS makes each start longer, ours and the bare one. */
export function environments(home) {
  const empty = cleanEnvironment(home)
  const keyless = Object.entries(process.env).filter(([name]) => !name.includes('_KEY'))
  return { 'empty environment': empty, 'your environment': { ...Object.fromEntries(keyless), ...empty } }
}

export async function makeHome(configuration = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'traseai-bench-'))
  const home = join(folder, '.traseai')
  await mkdir(home, { mode: 0o700 })
  await writeFile(
    join(home, 'traseai.json'),
    JSON.stringify({ ...configuration, gateway: { port: 0, ...configuration.gateway } }),
  )
  return {
    folder,
    home,
    socket: join(home, 'control.sock'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Starts the real gateway; resolves with the milliseconds from spawn until it answered on its socket. */
export async function startGateway(place, env = {}, { cores = null, nodeOptions = [] } = {}) {
  const startedAt = performance.now()
  const [program, ...args] = onCores(cores, [process.execPath, ...nodeOptions, cliPath, 'gateway', 'run'])
  const child = spawn(program, args, {
    env: cleanEnvironment(place.folder, env),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += chunk))
  const caller = await untilAnswering(place.socket, child, () => errors)
  const readyMs = performance.now() - startedAt
  return {
    readyMs,
    pid: child.pid,
    caller,
    async stop() {
      caller.close()
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

async function untilAnswering(socket, child, errors) {
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}: ${errors()}`)
    try {
      const caller = await openCaller(socket)
      await caller.call('gateway.status', {})
      return caller
    } catch (error) {
      if (!['ENOENT', 'ECONNREFUSED'].includes(error.code)) throw error
    }
    await delay(1)
  }
  throw new Error(`the gateway was not ready in ${startTimeoutMs} ms: ${errors()}`)
}

/** One connection that calls and waits, as plain as can be. */
export async function openCaller(address) {
  const socket = createConnection(address)
  await once(socket, 'connect')
  socket.setEncoding('utf8')
  const waiting = new Map()
  let rest = ''
  let nextId = 1
  socket.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const answer = JSON.parse(line)
      const call = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (answer.error) call?.reject(new Error(`${answer.error.message} ${JSON.stringify(answer.error.data ?? {})}`))
      else call?.resolve(answer.result)
    }
  })
  return {
    call: (method, params) =>
      new Promise((resolve, reject) => {
        const id = nextId++
        waiting.set(id, { resolve, reject })
        socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
      }),
    close: () => socket.destroy(),
  }
}

/** The command as one that runs on `cores` only; as it is without any. */
export const onCores = (cores, command) => (cores ? ['taskset', '-c', cores.join(','), ...command] : command)

/** Wall milliseconds of one run of a command. */
export async function timeCommand(args, env) {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  const [status] = await once(child, 'exit')
  return { ms: performance.now() - startedAt, status }
}

/** Resident memory of a process in MB (10^6 bytes), from the kernel. */
export async function residentMegabytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6
}
