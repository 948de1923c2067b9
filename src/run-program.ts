// Runs another program for what it prints: without a shell or a terminal, with an end to its time and its output, and nothing left running.
import type { ChildProcess } from 'node:child_process'
import { errnoOf } from './errors.ts'
import type { Environment, Host } from './host.ts'

export interface ProgramRun {
  /** A path, or a name that is looked for on PATH. */
  readonly program: string
  readonly args: readonly string[]
  /** All that it gets of the environment; see `pickVariables`. */
  readonly env: Environment
  /** Its standard input; without one it has none. */
  readonly input?: string
  readonly timeoutMs: number
  /** Of standard output. */
  readonly outputBytesMax: number
  /** True when nothing more of its output is needed: it is ended then. */
  readonly isEnough?: (output: Buffer) => boolean
  readonly signal?: AbortSignal
}

/** How it came to an end. The caller wipes `output`; `complaint` is the beginning of its standard error. */
export type ProgramEnd =
  | {
      readonly end: 'exit'
      /** Null when a signal ended it. */
      readonly status: number | null
      readonly killedBy: string | null
      readonly output: Buffer
      readonly complaint: string
    }
  | { readonly end: 'enough'; readonly output: Buffer }
  | { readonly end: 'not_started'; readonly error: Error }
  /** Ended by us: over `timeoutMs`, over `outputBytesMax`, or by `signal`. */
  | { readonly end: 'late' | 'flooded' | 'aborted' }

const complaintBytesMax = 4_096

/** What it takes to run one. */
export type ProgramHost = Pick<Host, 'setTimer' | 'spawn' | 'killGroup'>

/** The variables whose names match, of those that are set. */
export function pickVariables(env: Environment, pattern: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value && pattern.test(name) ? [[name, value]] : [])),
  )
}

/** It runs in `/` and in a process group of its own, which is ended with it. Never rejects but for a defect. */
export function runProgram(host: ProgramHost, run: ProgramRun): Promise<ProgramEnd> {
  const { input, timeoutMs, outputBytesMax, isEnough, signal } = run
  if (signal?.aborted) return Promise.resolve({ end: 'aborted' })
  const child = start(host, run)
  if (child instanceof Error) return Promise.resolve({ end: 'not_started', error: child })
  return new Promise((resolve) => {
    const [output, complaint] = [collector(outputBytesMax), collector(complaintBytesMax)]
    let isRunning = child.pid !== undefined
    let isSettled = false
    const endGroup = (): void => {
      if (isRunning && child.pid !== undefined) host.killGroup(child.pid)
      isRunning = false // its id may belong to another process by now
    }
    const settle = (result: ProgramEnd): void => {
      if (isSettled) return
      isSettled = true
      timer.cancel()
      signal?.removeEventListener('abort', onAbort)
      endGroup()
      child.stdout?.destroy()
      child.stderr?.destroy()
      if (!('output' in result)) output.bytes().fill(0)
      resolve(result)
    }
    const timer = host.setTimer(timeoutMs, () => settle({ end: 'late' }))
    const onAbort = (): void => settle({ end: 'aborted' })
    signal?.addEventListener('abort', onAbort)
    child.stdout?.on('data', (chunk: Buffer) => {
      const fits = output.add(chunk)
      if (isEnough?.(output.bytes())) settle({ end: 'enough', output: output.bytes() })
      else if (!fits) settle({ end: 'flooded' })
    })
    child.stderr?.on('data', (chunk: Buffer) => void complaint.add(chunk))
    child.on('error', (error) => settle({ end: 'not_started', error }))
    // What it left running would hold its output open.
    child.on('exit', endGroup)
    child.on('close', (status, killedBy) =>
      settle({ end: 'exit', status, killedBy, output: output.bytes(), complaint: complaint.bytes().toString('utf8') }),
    )
    child.stdin?.on('error', () => undefined) // a program that ends early has not read its input; its status tells
    child.stdin?.end(input)
  })
}

/** Some failures of spawn(2) are thrown, the others come as an event. */
function start(host: ProgramHost, { program, args, env, input }: ProgramRun): ChildProcess | Error {
  const stdin = input === undefined ? 'ignore' : 'pipe'
  try {
    return host.spawn(program, args, { cwd: '/', env: { ...env }, stdio: [stdin, 'pipe', 'pipe'], detached: true })
  } catch (error) {
    if (error instanceof Error && errnoOf(error) !== undefined) return error
    throw error
  }
}

interface Collector {
  /** False when it does not fit any more; what fits is kept. The chunk is wiped. */
  add(chunk: Buffer): boolean
  /** What was collected: not a copy. */
  bytes(): Buffer
}

function collector(bytesMax: number): Collector {
  const buffer = Buffer.alloc(bytesMax)
  let length = 0
  return {
    add(chunk) {
      const copied = chunk.copy(buffer, length)
      length += copied
      const fits = copied === chunk.length
      chunk.fill(0)
      return fits
    },
    bytes: () => buffer.subarray(0, length),
  }
}
