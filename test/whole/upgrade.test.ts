// Homes of older programs are taken over with everything in them and a copy from before; and there is a way back.
import { cpSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copiesDirectory, listCopies } from '../../src/storage/database-copies.ts'
import { freshHome, type GatewayProcess, programPath, startGateway } from '../support/gateway-process.ts'
import { installOtherProgram, type OtherProgram } from '../support/other-program.ts'
import { runCli } from '../cli/run-cli.ts'

const fixtures = fileURLToPath(new URL('../fixtures/homes/', import.meta.url))
const schemaToday = readdirSync(new URL('../../migrations', import.meta.url)).length

let home: string
beforeEach(async () => {
  home = await freshHome()
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** The home as the program of that time left it, on any free port. */
async function takeHome(name: string): Promise<void> {
  cpSync(join(fixtures, name), home, { recursive: true })
  renameSync(join(home, 'dotenv'), join(home, '.env'))
  const settings = readFileSync(join(home, 'traseai.json'), 'utf8')
  await writeFile(join(home, 'traseai.json'), settings.replace(/"port": \d+/, '"port": 0'))
  for (const file of ['traseai.db', 'vault.key', 'traseai.json', '.env']) await chmod(join(home, file), 0o600)
}

/** Everything that the fixtures' README says was done. */
async function expectEverything({ client, httpUrl }: GatewayProcess): Promise<void> {
  const credentials = await client.call('credentials.list', {})
  expect(credentials.map(({ profileId, status }) => `${profileId} ${status}`).sort()).toEqual([
    'anthropic:spare ready',
    'anthropic:token excluded',
    'anthropic:work ready',
    'openai:OPENAI_API_KEY ready',
    'openai:OPENAI_API_KEY_2 disabled',
  ])
  expect(await client.call('order.get', { provider: 'anthropic' })).toMatchObject({
    profileIds: ['anthropic:spare', 'anthropic:work'],
    origin: 'agent',
  })
  expect(await client.call('session.get', { session: 's1' })).toMatchObject({ pin: { profileId: 'anthropic:work' } })
  const { secret } = await client.call('credentials.reveal', { profileId: 'anthropic:work' })
  expect(secret).toBe('sk-ant-test-fixture-work-000000000000000000000000')
  const token = readFileSync(join(home, 'client-token'), 'utf8').trim()
  const models = await fetch(`${httpUrl}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  expect(models.status).toBe(200)
  const used = credentials.find(({ lastUsedAt }) => lastUsedAt !== null)
  expect(used?.profileId).toBe('anthropic:spare')
  const { events } = await client.call('audit.log', { type: 'CredentialRemoved' })
  expect(events).toHaveLength(1)
}

/** Of a key of age that nobody has. */
const recipient = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'

const copies = () => listCopies(copiesDirectory(join(home, 'traseai.db')))

describe.each(readdirSync(fixtures).filter((name) => name.startsWith('schema-')))('a home with %s', (name) => {
  it('is taken over with everything in it, after a copy', async () => {
    await takeHome(name)
    const gateway = await startGateway({ home })
    await expectEverything(gateway)
    expect(copies().map(({ schema }) => `schema-${schema}`)).toEqual([name])
    expect(await gateway.logs()).toContain('the database was upgraded; a copy from before is kept')
    const verdict = (await gateway.client.call('doctor.run', {})).find(({ code }) => code === 'database')
    expect(verdict?.severity).toBe('ok')
    await gateway.stop()
  })

  it('is copied once, however often the gateway starts', async () => {
    await takeHome(name)
    for (let starts = 0; starts < 3; starts += 1) await (await startGateway({ home })).stop()
    expect(copies()).toHaveLength(1)
  })
})

describe('an older program on a home that a newer one has taken over', () => {
  let older: OtherProgram
  beforeEach(() => {
    older = installOtherProgram({ version: '0.0.7', schemas: schemaToday - 1 })
  })
  afterEach(() => older.remove())

  const withOlder = (command: readonly string[]) => command.map((word) => (word === programPath ? older.path : word))
  const runOlder = (...args: string[]) => runCli(home, args, { programPath: older.path })

  /** Used by the older one, then by today's, with something stored since. */
  async function takenOver(): Promise<void> {
    await takeHome('schema-5')
    await (await startGateway({ home, wrap: withOlder })).stop()
    const newer = await startGateway({ home })
    const secret = 'sk-ant-test-fixture-later-00000000000000000000000'
    await newer.client.call('credentials.add', {
      profileId: 'anthropic:later',
      provider: 'anthropic',
      kind: 'api_key',
      secret,
    })
    await newer.stop()
  }

  it('says whose it is and what to type, and going back gives everything from before', async () => {
    await takenOver()
    const refused = await runOlder('--json', 'gateway', 'run', '--background')
    expect(refused.status).toBe(78)
    const { error } = JSON.parse(refused.stderr.trim().split('\n').at(-1) ?? '') as { error: Record<string, unknown> }
    expect(error).toMatchObject({ code: 'database_newer', data: { schema: schemaToday, schemaMax: schemaToday - 1 } })
    expect(error['message']).toContain('this is TraseAI 0.0.7')
    expect(error['hint']).toContain('and 1 stored secret since: traseai gateway rollback')

    const back = await runOlder('gateway', 'rollback')
    expect(back.status).toBe(0)
    expect(back.stdout).toContain('set aside: ')
    const gateway = await startGateway({ home, wrap: withOlder })
    expect((await gateway.client.call('gateway.status', {})).version).toBe('0.0.7')
    await expectEverything(gateway)
    await gateway.stop()

    const aside = copies().find(({ setAside }) => setAside)!.path
    expect((await runCli(home, ['gateway', 'rollback', aside])).status).toBe(0)
    const again = await startGateway({ home })
    const ids = (await again.client.call('credentials.list', {})).map(({ profileId }) => profileId)
    expect(ids).toContain('anthropic:later')
    await again.stop()
  })

  it('does not stop the newer gateway that runs', async () => {
    await takenOver()
    const gateway = await startGateway({ home })
    const refused = await runOlder('gateway', 'restart')
    expect(refused.status).toBe(78)
    expect(refused.stderr).toContain(`the gateway that runs (pid ${gateway.pid}) goes on`)
    expect((await gateway.client.call('gateway.status', {})).pid).toBe(gateway.pid)
    expect((await runOlder('gateway', 'rollback')).stderr).toContain('a gateway already serves')
    await gateway.stop()
  })

  it('rolls back nothing that it can open', async () => {
    await takeHome('schema-5')
    await (await startGateway({ home, wrap: withOlder })).stop()
    const refused = await runOlder('gateway', 'rollback')
    expect(refused).toMatchObject({ status: 64 })
    expect(refused.stderr).toContain('there is nothing to go back from')
  })
})

describe('a program that is replaced under its gateway', () => {
  let program: OtherProgram
  let gateway: GatewayProcess
  beforeEach(async () => {
    program = installOtherProgram({ version: '0.0.7' })
    gateway = await startGateway({
      home,
      wrap: (command) => command.map((word) => (word === programPath ? program.path : word)),
    })
  })
  afterEach(async () => {
    await runCli(home, ['gateway', 'stop'])
    await gateway.ended
    program.remove()
  })

  const run = (...args: string[]) => runCli(home, args, { programPath: program.path })

  it('goes on serving, and commands of the new one say which of them is which', async () => {
    program.replaceBy({ version: '0.0.8' })
    const status = await run('gateway', 'status')
    expect(status.stdout).toContain('version 0.0.7')
    expect(status.stderr).toBe(
      'note: the gateway that runs is version 0.0.7, and this is version 0.0.8: traseai gateway restart\n',
    )
    expect((await run('models', 'status')).stderr).toContain('the gateway that runs is version 0.0.7')
    expect((await run('gateway', 'start')).stderr).toContain('the gateway that runs is version 0.0.7')
    expect((await run('env', 'list')).stderr).not.toContain('version') // to a pipe only what belongs to the command
    expect((await run('--json', 'gateway', 'status')).stderr).toBe('')
    const doctor = await run('doctor')
    expect(doctor.stdout).toContain('version 0.0.8 is installed, but the gateway that runs is of version 0.0.7')
    expect(doctor.stdout).not.toContain('error database')
  })

  it('does not blame who types for what the two do not understand', async () => {
    program.replaceBy({ version: '0.0.8' })
    const refused = await run('rpc', 'gateway.unheard')
    expect(refused.status).toBe(69)
    expect(refused.stderr).toContain(
      'the gateway that runs is version 0.0.7 and this is version 0.0.8: Method not found',
    )
    expect(refused.stderr).toContain('hint: take up the installed one: traseai gateway restart')
  })

  it('uses nothing of the new one', async () => {
    program.replaceBy({ version: '0.0.8' })
    const refusal = {
      code: 'program_replaced',
      message: 'the program of this gateway, version 0.0.7, was replaced by version 0.0.8',
    }
    const { client } = gateway
    const signIn = client.call('login.start', { provider: 'anthropic', method: 'setup-token' })
    await expect(signIn).rejects.toMatchObject(refusal)
    await expect(client.call('backup.create', { recipients: [recipient] })).rejects.toMatchObject(refusal)
  })

  it('is taken up by a restart', async () => {
    program.replaceBy({ version: '0.0.8' })
    const restarted = await run('gateway', 'restart')
    expect(restarted.status).toBe(0)
    expect((await run('gateway', 'status')).stdout).toContain('version 0.0.8')
    expect((await run('gateway', 'status')).stderr).toBe('')
  })
})
