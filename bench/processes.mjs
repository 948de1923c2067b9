// What the kernel says about a process and its children: memory, processor time, files; and on which cores it may run.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { onCores, openCaller } from './measure.mjs'

/** Ticks of /proc/PID/stat a second: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100
const startMsMax = 30_000

/** The cores that this process may use, by number. */
export function usableCores() {
  const list = taskset(['-cp', String(process.pid)])
    ?.split(': ')[1]
    ?.trim()
  if (!list) return []
  return list.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

/** Which cores the proxies get, and which the generator and the upstream; null where nothing can be pinned. */
export function pinning(proxyCores) {
  const cores = usableCores()
  if (cores.length < 2) return null
  const proxy = cores.slice(0, Math.max(1, Math.min(proxyCores, cores.length - 1)))
  const rest = cores.slice(proxy.length)
  return { proxy, rest, count: proxy.length }
}

/** Moves this process, all its threads, to some cores. */
export function pinSelf(cores) {
  taskset(['-acp', cores.join(','), String(process.pid)])
}

function taskset(args) {
  try {
    return execFileSync('taskset', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

/** Starts a program that listens on `port`; resolves when it does. Its pid is that of the program. */
export async function startListening(command, port, { env = process.env, cores = null, cwd } = {}) {
  const [program, ...args] = onCores(cores, command)
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4_000)))
  const deadline = performance.now() + startMsMax
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${command[0]} ended with ${child.exitCode}: ${errors}`)
    if (performance.now() > deadline) throw new Error(`${command[0]} does not listen after ${startMsMax} ms: ${errors}`)
    await delay(20)
  }
  return {
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

async function accepts(port) {
  try {
    const caller = await openCaller({ port, host: '127.0.0.1' })
    caller.close()
    return true
  } catch (error) {
    if (error.code === 'ECONNREFUSED') return false
    throw error
  }
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** A process and its children, and theirs. */
export async function familyOf(pid) {
  const children = await childrenOf(pid)
  return [pid, ...(await Promise.all(children.map(familyOf))).flat()]
}

async function childrenOf(pid) {
  const threads = await readdir(`/proc/${pid}/task`)
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')))
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

/** Seconds of processor time, in user and kernel, of all threads of these processes. */
export async function processorSeconds(pids) {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
      return Number(user) + Number(system)
    }),
  )
  return sum(ticks) / ticksPerSecond
}

/** Resident memory of these processes in MB (10^6 bytes). */
export async function residentMegabytesOf(pids) {
  return sum(
    await Promise.all(
      pids.map(async (pid) => {
        const status = await readFile(`/proc/${pid}/status`, 'utf8')
        return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6
      }),
    ),
  )
}

const sum = (values) => values.reduce((total, value) => total + value, 0)
