// `audit log` and `audit show`: the history, past and as it happens.
import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WireEvent } from '../../src/protocol/contract.ts'
import { cleanEnvironment, programPath, startGateway } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

let cli: CliWithGateway
beforeEach(async () => {
  cli = await startWithCli({ env: { ANTHROPIC_API_KEY: fakeKey('AAAA'), OPENAI_API_KEY: fakeKey('BBBB') } })
})
afterEach(() => cli.gateway.stop())

const issue = (name: string) => cli.gateway.client.call('clients.issue', { name })
const types = (events: readonly WireEvent[]) => events.map(({ type }) => type)

describe('audit log', () => {
  it('is a table, newest first', async () => {
    await issue('editor')
    const { status, stdout } = await cli.run('audit', 'log')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^ *# +WHEN +EVENT +ABOUT +BY\n.*ClientIssued +editor/)
    expect(stdout).toContain('anthropic:ANTHROPIC_API_KEY, API key from environment')
  })

  it('is one array with --json, filtered as asked', async () => {
    const read = (...args: string[]) => cli.json<WireEvent[]>('audit', 'log', ...args)
    expect(types(await read('--provider', 'openai'))).toEqual(['CredentialAdded'])
    expect(types(await read('--profile-id', 'anthropic:ANTHROPIC_API_KEY', '--since', '1h'))).toEqual([
      'CredentialAdded',
    ])
    expect(await read('--until', '1h')).toEqual([])
    expect(types(await read('--limit', '1'))).toEqual(['GatewayStarted'])
  })

  it('reads as many pages as were asked for', async () => {
    const names = Array.from({ length: 600 }, (_, index) => `client-${index}`)
    for (const name of names) await issue(name).then(() => cli.gateway.client.call('clients.revoke', { name }))
    expect(await cli.json<WireEvent[]>('audit', 'log', '--limit', '1100')).toHaveLength(1_100)
  })

  it('ends quietly when its reader does', async () => {
    const child = spawn('sh', ['-c', `"$0" "$1" audit log -f | head -n 1; exit 0`, process.execPath, programPath], {
      env: environment(),
    })
    const said = collect(child)
    const end = ended(child)
    await until(() => said().includes('\n'))
    await issue('one-more')
    expect(await end).toBe(0)
    expect(said().split('\n')).toHaveLength(2)
  })
})

describe('audit log -f', () => {
  it('prints what happens, across a restart of the gateway, nothing twice and nothing missed', async () => {
    const child = spawn(process.execPath, [programPath, 'audit', 'log', '-f', '--json', '--type', 'ClientIssued'], {
      env: environment(),
    })
    const said = collect(child)
    const names = () =>
      said()
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as WireEvent).data['name'])
    await issue('before')
    await until(() => names().length === 1)
    await cli.gateway.kill9()
    const restarted = await startGateway({ home: cli.gateway.home })
    await restarted.client.call('clients.issue', { name: 'after' })
    await until(() => names().length === 2)
    child.kill('SIGINT')
    await ended(child)
    await restarted.stop()
    await cli.gateway.removeHome()
    expect(names()).toEqual(['before', 'after'])
  })
})

describe('audit show', () => {
  it('prints everything an event holds', async () => {
    const { stdout } = await cli.run('audit', 'show', '1')
    expect(stdout).toMatch(/^event +1\n/)
    expect(stdout).toMatch(/data\.fingerprint +[0-9a-f]{16}\n/)
    expect(await cli.json('audit', 'show', '1')).toMatchObject({ position: 1, type: 'CredentialAdded' })
  })
})

function environment(): Record<string, string> {
  return cleanEnvironment(cli.gateway.home)
}

function collect(child: ChildProcess): () => string {
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString().includes('waiting') ? '' : chunk.toString()))
  return () => said
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', (status) => resolve(status)))
}
