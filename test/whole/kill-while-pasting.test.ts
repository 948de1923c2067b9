// kill -9 while a token is being stored: afterwards the credential is wholly there, secret, event and file, or not at all.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshHome, type GatewayProcess, programPath, startGateway } from '../support/gateway-process.ts'

const rounds = 100
/** The call falls somewhere into the life of the command, which is some hundred milliseconds. */
const lifeMsMax = 200

let home: string

beforeAll(async () => {
  home = await freshHome()
})

afterAll(async () => {
  const last = await startGateway({ home })
  await last.stop()
  await last.removeHome()
})

const idOf = (round: number): string => `openrouter:round-${round}`
const keyOf = (round: number): string => `sk-or-v1-${round.toString(16).padStart(64, '0')}`

interface Paste {
  readonly child: ChildProcess
  /** Exit status, null when it was killed. */
  readonly ended: Promise<number | null>
}

/** The command as a user runs it, with the token on its standard input. */
function paste(gateway: GatewayProcess, round: number): Paste {
  const args = ['--no-start', 'models', 'auth', 'paste-token', '--provider', 'openrouter', '--profile-id', idOf(round)]
  const child = spawn(process.execPath, [programPath, ...args], {
    env: gateway.env,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.stdin?.on('error', () => {}) // killed before it read
  child.stdin?.end(keyOf(round))
  return { child, ended: new Promise((resolve) => child.once('close', (status) => resolve(status))) }
}

/** The credentials that are there, each with its secret. */
async function secrets(gateway: GatewayProcess): Promise<ReadonlyMap<string, string>> {
  const listed = await gateway.client.call('credentials.list', {})
  const found = new Map<string, string>()
  for (const { profileId } of listed) {
    found.set(profileId, (await gateway.client.call('credentials.reveal', { profileId })).secret)
  }
  return found
}

async function inFile(): Promise<readonly string[]> {
  const path = join(home, 'agents', 'main', 'agent', 'auth-profiles.json')
  const file = JSON.parse(await readFile(path, 'utf8')) as { profiles: Record<string, unknown> }
  return Object.keys(file.profiles)
}

it(`after ${rounds} kills each credential is wholly there or not at all, and what was acknowledged is there`, async () => {
  const acknowledged = new Set<string>()
  let missing = 0
  for (let round = 0; round < rounds; round += 1) {
    const gateway = await startGateway({ home })
    const { child, ended } = paste(gateway, round)
    await delay(randomInt(lifeMsMax)) // the moment is the point
    // Every fourth time it is the command that dies, and the gateway goes on.
    if (round % 4 === 3) child.kill('SIGKILL')
    else await gateway.kill9()
    if ((await ended) === 0) acknowledged.add(idOf(round))
    if (round % 4 === 3) await gateway.kill9()
  }

  const gateway = await startGateway({ home })
  const there = await secrets(gateway)
  for (let round = 0; round < rounds; round += 1) {
    const secret = there.get(idOf(round))
    if (secret === undefined) missing += 1
    else expect(secret).toBe(keyOf(round))
  }
  expect([...acknowledged].filter((id) => !there.has(id))).toEqual([])
  expect((await inFile()).toSorted()).toEqual([...there.keys()].toSorted())
  // Kills that all came too early or too late would show nothing.
  expect(there.size).toBeGreaterThan(0)
  expect(missing).toBeGreaterThan(0)
  await gateway.stop()
}, 300_000)
