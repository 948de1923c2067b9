// A gateway with stored credentials, and its auth-profiles.json as a person edits it.
import { constants } from 'node:fs'
import { open, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GatewayClient } from '../../src/client/connect.ts'
import { errnoOf } from '../../src/errors.ts'
import type { Result } from '../../src/protocol/contract.ts'
import type { EditableFile, Edit } from './profiles-edits.ts'
import { until } from './until.ts'

export type ProfilesOnDisk = EditableFile & { readonly version: number }

/** Nobody's key, of a length that a key of Anthropic has. */
export function storedKey(name: string): string {
  return `sk-ant-api03-${name.padEnd(95, '0')}`
}

/** `anthropic:<name>` with a key of its own. */
export async function store(client: GatewayClient, name: string, agent?: string): Promise<string> {
  const profileId = `anthropic:${name}`
  const secret = storedKey(name)
  const owner = agent === undefined ? {} : { agent }
  await client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', secret, ...owner })
  return profileId
}

export function directoryOf(home: string, agent = 'main'): string {
  return join(home, 'agents', agent, 'agent')
}

export function profilesPath(home: string, agent = 'main'): string {
  return join(directoryOf(home, agent), 'auth-profiles.json')
}

export async function profilesOf(home: string, agent = 'main'): Promise<ProfilesOnDisk> {
  return JSON.parse(await readFile(profilesPath(home, agent), 'utf8')) as ProfilesOnDisk // as the gateway writes it
}

/** Resolves when the file is there, whole, and has this. */
export async function showsProfiles(
  home: string,
  what: (file: ProfilesOnDisk) => boolean,
  agent = 'main',
): Promise<void> {
  await until(async () => {
    const text = await textAt(profilesPath(home, agent))
    return text.endsWith('}\n') && what(JSON.parse(text) as ProfilesOnDisk)
  })
}

/** Nothing for what is not there, or is no file. */
export async function textAt(path: string): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return ''
  }
}

/** The text after an edit. */
export async function editedText(path: string, edit: Edit): Promise<string> {
  const file = JSON.parse(await readFile(path, 'utf8')) as ProfilesOnDisk
  edit(file)
  return JSON.stringify(file, null, 2)
}

/** Saves an edit in place. */
export async function editProfiles(home: string, edit: Edit, agent = 'main'): Promise<void> {
  const path = profilesPath(home, agent)
  await writeFile(path, await editedText(path, edit))
}

export async function orderOf(client: GatewayClient, agent = 'main'): Promise<readonly string[]> {
  return (await client.call('order.get', { provider: 'anthropic', agent })).profileIds
}

export async function hasOrder(client: GatewayClient, ...names: string[]): Promise<void> {
  const wanted = names.map((name) => `anthropic:${name}`).join(' ')
  let order = ''
  await until(
    async () => (order = (await orderOf(client)).join(' ')) === wanted,
    () => `the order is ${wanted}, and not ${order}`,
  )
}

export async function idsOf(client: GatewayClient): Promise<readonly string[]> {
  return (await client.call('credentials.list', {})).map(({ profileId }) => profileId).toSorted()
}

/** The events that a hand edit led to, oldest first. */
export async function editEvents(client: GatewayClient): Promise<readonly string[]> {
  const { events } = await client.call('audit.log', { order: 'asc', limit: 1_000 })
  return events.filter(({ actor }) => actor.program === 'auth-profiles.json').map(({ type }) => type)
}

export type Problems = Result<'gateway.status'>['profilesFiles']['problems']

export async function problemsOf(client: GatewayClient): Promise<Problems> {
  return (await client.call('gateway.status', {})).profilesFiles.problems
}

/** Resolves when a problem has these words, to it. */
export async function problem(client: GatewayClient, words: string): Promise<Problems[number]> {
  let problems: Problems = []
  const found = (): Problems[number] | undefined => problems.find(({ message }) => message.includes(words))
  await until(
    async () => {
      problems = await problemsOf(client)
      return found() !== undefined
    },
    () => `${words}: ${JSON.stringify(problems)}`,
  )
  return found() ?? { file: '', line: null, key: null, message: '', hint: null }
}

/** Names in the agent's directory that a broken file got. */
export async function keptNames(home: string, agent = 'main'): Promise<readonly string[]> {
  return (await readdir(directoryOf(home, agent))).filter((name) => name.includes('.broken-'))
}

/** Files below a folder that hold a text. */
export async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(paths.map(async (path) => [path, await textAt(path)] as const))
  return contents.filter(([, content]) => content.includes(text)).map(([path]) => path)
}
