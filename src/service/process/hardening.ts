// Closes the memory of this process to others: no debugger, no core file, nothing of it under /proc for programs of the same user.
import koffi from 'koffi'
import type { Host } from '../../host.ts'

/** prctl(2) */
const setDumpable = 4
/** ptrace(2) of macOS, PT_DENY_ATTACH; written from the manual page, not yet run on a Mac. */
const denyAttach = 31
/** setrlimit(2), RLIMIT_CORE of Linux and macOS. */
const coreLimit = 4

/**
 * To be called before the first secret is read, and again after a change of the user, which makes a process dumpable anew. Programs
 * that it starts are not affected, but for the limit of core files. Returns what the system refused, in words.
 */
export function hardenProcess({ platform }: Pick<Host, 'platform'>): readonly string[] {
  const libc = koffi.load(null)
  const setrlimit = libc.func('int setrlimit(int resource, const uint8_t *softAndHard)') as (
    resource: number,
    limits: Buffer,
  ) => number // koffi types every function as any
  const refused: string[] = []
  // Two zeros, however wide a limit is here.
  if (setrlimit(coreLimit, Buffer.alloc(16)) !== 0) refused.push(`no limit for core files: errno ${koffi.errno()}`)
  if (platform === 'linux') {
    const prctl = libc.func('int prctl(int option, unsigned long, unsigned long, unsigned long, unsigned long)') as (
      option: number,
      ...values: number[]
    ) => number
    if (prctl(setDumpable, 0, 0, 0, 0) !== 0) refused.push(`the process stays dumpable: errno ${koffi.errno()}`)
  }
  if (platform === 'darwin') {
    const ptrace = libc.func('int ptrace(int request, int pid, void *address, int data)') as (
      request: number,
      pid: number,
      address: null,
      data: number,
    ) => number
    if (ptrace(denyAttach, 0, null, 0) !== 0) refused.push(`debuggers may attach: errno ${koffi.errno()}`)
  }
  return refused
}
