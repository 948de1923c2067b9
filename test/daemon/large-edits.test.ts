// A hand edit that makes many changes: the file is not looked at again for each of them.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ProfilesContent } from '../../src/domain/profiles-file.ts'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import { realHost } from '../../src/host.ts'
import { openRememberedContents } from '../../src/sources/remembered-contents.ts'
import { settingsFileReader } from '../../src/sources/settings-file.ts'
import { takeUp } from '../../src/daemon/agent-file-edit.ts'
import { writeSheet } from '../../src/daemon/agent-file-write.ts'
import { type AgentSheet, emptySheet } from '../../src/daemon/agent-sheet.ts'
import { fakeKey } from '../support/profiles-edits.ts'
import { main } from '../support/story.ts'

const bytesMax = 1_048_576

it('a file that is being taken up is looked at again only when that is done', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-edits-'))
  const path = join(directory, 'auth-profiles.json')
  const host = realHost()
  const read = settingsFileReader(host, path, bytesMax)
  let looks = 0
  const stored: string[] = []
  const content = (): ProfilesContent => ({
    order: {},
    profiles: Object.fromEntries(
      stored.map((id) => [id, { type: 'api_key', provider: 'anthropic', ref: `vault:${id}` } as const]),
    ),
  })
  const sheet: AgentSheet = emptySheet({
    host,
    agent: main,
    directory,
    path,
    read,
    remembered: openRememberedContents(host, directory, main),
    content,
    usage: () => ({}),
    providers: () => builtInProviders,
    lookAgain: () => void (looks += 1),
    async makeEdits(edits) {
      for (const edit of edits) {
        if (edit.type === 'store') stored.push(edit.profileId)
        expect(await writeSheet(sheet, { usage: false })).toBe('edited')
      }
      return []
    },
  })
  const ids = Array.from({ length: 20 }, (_, number) => `anthropic:n${number}`)
  const pasted = Object.fromEntries(ids.map((id, number) => [id, { key: `${fakeKey}${number}` }]))
  writeFileSync(path, JSON.stringify({ profiles: pasted }))

  expect(await takeUp(sheet, await read())).toEqual({ write: true, retry: false })
  expect(stored).toEqual(ids)
  expect(looks).toBe(0)

  writeFileSync(path, JSON.stringify({ profiles: {} }))
  expect(await writeSheet(sheet, { usage: false })).toBe('edited')
  expect(looks).toBe(1)
})
