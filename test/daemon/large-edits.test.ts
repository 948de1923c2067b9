// A hand edit that makes many changes: the file is not looked at again for each of them, and what cannot be is not tried.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { credentialsMax } from '../../src/domain/credential.ts'
import type { ProfilesContent } from '../../src/domain/profiles-file.ts'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import { realHost } from '../../src/host.ts'
import { openRememberedContents } from '../../src/sources/remembered-contents.ts'
import { settingsFileReader } from '../../src/sources/settings-file.ts'
import { takeUp } from '../../src/daemon/agent-file-edit.ts'
import { writeSheet } from '../../src/daemon/agent-file-write.ts'
import { type AgentSheet, emptySheet, sheetProblems } from '../../src/daemon/agent-sheet.ts'
import { makeProfileEdits } from '../../src/daemon/profile-edits.ts'
import type { NewCredential, StoredCredential } from '../../src/vault/credential-store.ts'
import { fakeKey } from '../support/profiles-edits.ts'
import { main } from '../support/story.ts'

const bytesMax = 1_048_576

interface Desk {
  readonly sheet: AgentSheet
  readonly path: string
  readonly stored: string[]
  looks(): number
}

/** A sheet whose edits are made one by one, with `onStored` after each. */
function openDesk(onStored: (desk: Desk) => Promise<void> | void = () => {}): Desk {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-edits-'))
  const path = join(directory, 'auth-profiles.json')
  const host = realHost()
  let looks = 0
  const stored: string[] = []
  const content = (): ProfilesContent => ({
    order: {},
    profiles: Object.fromEntries(
      stored.map((id) => [id, { type: 'api_key', provider: 'anthropic', ref: `vault:${id}` } as const]),
    ),
  })
  const refuse = (): Promise<never> => Promise.reject(new Error('is not asked for'))
  const store = {
    addReference: refuse,
    remove: refuse,
    async add({ profileId }: NewCredential): Promise<StoredCredential> {
      stored.push(profileId)
      await onStored(desk)
      return { profileId, rotated: false, next: null, notes: [] }
    },
  }
  const sheet: AgentSheet = emptySheet({
    host,
    agent: main,
    directory,
    path,
    read: settingsFileReader(host, path, bytesMax),
    remembered: openRememberedContents(host, directory, main),
    content,
    usage: () => ({}),
    providers: () => builtInProviders,
    lookAgain: () => void (looks += 1),
    room: () => credentialsMax - stored.length,
    makeEdits: (edits, isOvertaken) =>
      makeProfileEdits(
        { log: host.log, store, bus: { execute: refuse }, secretOf: () => undefined },
        { agent: main, isDefault: true },
        edits,
        isOvertaken,
      ),
  })
  const desk: Desk = { sheet, path, stored, looks: () => looks }
  return desk
}

function paste(path: string, count: number): readonly string[] {
  const ids = Array.from({ length: count }, (_, number) => `anthropic:n${number}`)
  writeFileSync(path, JSON.stringify({ profiles: Object.fromEntries(ids.map((id) => [id, { key: fakeKey }])) }))
  return ids
}

it('a file that is being taken up is looked at again only when that is done', async () => {
  const { sheet, path, stored, looks } = openDesk(async () => {
    expect(await writeSheet(sheet, { usage: false })).toBe('edited')
  })
  const ids = paste(path, 20)

  expect(await takeUp(sheet, await sheet.read())).toEqual({ write: true, retry: false })
  expect(stored).toEqual(ids)
  expect(looks()).toBe(0)

  writeFileSync(path, JSON.stringify({ profiles: {} }))
  expect(await writeSheet(sheet, { usage: false })).toBe('edited')
  expect(looks()).toBe(1)
})

it('one that is saved again while it is taken up is left where it is, and looked at again', async () => {
  const { sheet, path, stored, looks } = openDesk((desk) => {
    if (desk.stored.length === 3) paste(path, 4)
    if (desk.stored.length >= 2) desk.sheet.mayBeOvertaken = true // a notice may come for nothing
  })
  paste(path, 20)

  expect(await takeUp(sheet, await sheet.read())).toEqual({ write: false, retry: false })
  expect(stored).toHaveLength(3)
  expect(looks()).toBe(1)
  await takeUp(sheet, await sheet.read())
  expect(new Set(stored).size).toBe(4)
})

it('more new profiles than can be kept are not tried: one finding tells it, and they stay in the file', async () => {
  const { sheet, path, stored } = openDesk()
  const ids = paste(path, credentialsMax + 1)

  expect(await takeUp(sheet, await sheet.read())).toEqual({ write: true, retry: false })
  expect(stored).toEqual([])
  expect(sheetProblems(sheet)).toMatchObject([
    {
      key: 'profiles.anthropic:n0',
      message: 'and 2000 more new ones are too many: of 2000 credentials, 2000 more can be kept',
    },
  ])
  expect(await writeSheet(sheet, { usage: false })).toBe('shown')
  const { profiles } = JSON.parse(readFileSync(path, 'utf8')) as { profiles: Record<string, unknown> }
  expect(Object.keys(profiles)).toHaveLength(ids.length)
  expect(profiles['anthropic:n7']).toEqual({ key: fakeKey })

  paste(path, 5)
  expect(await takeUp(sheet, await sheet.read())).toEqual({ write: true, retry: false })
  expect(stored).toHaveLength(5)
})
