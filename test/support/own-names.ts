// A table of names and name servers that a process has for itself, and that a test changes under it; only root on Linux can give it one.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { skipUnless } from './skip-unless.ts'

export const canHaveOwnNames = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0
export const itWithOwnNames = skipUnless(canHaveOwnNames, 'root on Linux, and unshare')

export interface Names {
  /** The command, with a table of names and a list of name servers of its own. */
  wrap(command: readonly string[]): readonly string[]
  /** Whether the provider has an address. */
  set(isKnown: boolean): void
  /** From now on it is this server that is asked for what the table does not know. */
  ask(server: string): void
}

/** The provider `llm.test` is known, and no other name server is there. */
export function openNames(): Names {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-names-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [hosts, servers] = [join(directory, 'hosts'), join(directory, 'resolv.conf')]
  const set = (isKnown: boolean): void =>
    writeFileSync(hosts, `127.0.0.1 localhost\n${isKnown ? '127.0.0.1 llm.test\n' : ''}`)
  const ask = (server: string): void => writeFileSync(servers, `nameserver ${server}\noptions timeout:1 attempts:1\n`)
  set(true)
  ask('127.0.0.1')
  const mounts = `mount --bind ${hosts} /etc/hosts && mount --bind ${servers} /etc/resolv.conf && exec "$@"`
  return { set, ask, wrap: (command) => ['unshare', '--mount', 'sh', '-c', mounts, 'sh', ...command] }
}
