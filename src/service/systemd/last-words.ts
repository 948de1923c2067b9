// What a gateway said before it ended, from the journal: the reason that systemd does not know.
import { setTimeout as delay } from 'node:timers/promises'
import { runProgram } from '../../run-program.ts'
import type { Scope } from '../init-system.ts'
import { managerEnvironment, type SystemdHost } from './systemctl.ts'

/** The journal writes down what it gets in its own time: some milliseconds after the process has ended. */
const tries = 10
const pauseMs = 50
const readMsMax = 5_000
const outputBytesMax = 65_536
const errorLinesMax = 20

/** The line in which that process said why it could not go on; null when it said nothing, or not to this user. */
export async function lastWords(host: SystemdHost, scope: Scope, pid: number): Promise<string | null> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await delay(pauseMs)
    const end = await runProgram(host, {
      program: 'journalctl',
      args: [
        `_PID=${pid}`,
        '--boot',
        '--priority=err',
        '--output=cat',
        `--lines=${errorLinesMax}`,
        '--quiet',
        '--no-pager',
      ],
      env: managerEnvironment(host, scope),
      timeoutMs: readMsMax,
      outputBytesMax,
    })
    if (end.end !== 'exit' || end.status !== 0) return null
    const lines = end.output.toString('utf8').trim().split('\n')
    // A program that fails says `traseai: why` and then hints.
    const said = lines.findLast((line) => line.startsWith('traseai: ')) ?? lines.at(-1) ?? ''
    if (said !== '') return said.replace(/^traseai(\.service)?: /, '')
  }
  return null
}
