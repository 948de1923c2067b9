// What the last versions of a profiles file began as: found again after any changes and restarts, in little room.
import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { noContent, type ProfilesContent } from '../../src/domain/profiles-file.ts'
import { realHost } from '../../src/host.ts'
import { revisionOf } from '../../src/sources/profiles-text.ts'
import { openRememberedContents, type RememberedContents } from '../../src/sources/remembered-contents.ts'
import { contents } from '../support/profiles-edits.ts'
import { main } from '../support/story.ts'

const host = realHost()
const freshDirectory = (): string => mkdtempSync(join(tmpdir(), 'traseai-remembered-'))
const open = (directory: string): RememberedContents => openRememberedContents(host, directory, main)
const pathIn = (directory: string): string => join(directory, '.auth-profiles.last.json')

function manyProfiles(count: number): ProfilesContent {
  const ids = Array.from({ length: count }, (_, number) => `anthropic:n${String(number).padStart(5, '0')}`)
  const profiles = ids.map((id) => [id, { type: 'token', provider: 'anthropic', ref: `vault:${id}` }] as const)
  return { profiles: Object.fromEntries(profiles), order: {} }
}

type Step =
  | { readonly type: 'show' | 'goOn'; readonly which: number; readonly content: ProfilesContent }
  | { readonly type: 'restart' }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constantFrom('show' as const, 'goOn' as const),
      which: fc.nat({ max: 9 }),
      content: contents,
    }),
    fc.record({ type: fc.constant('restart' as const) }),
  ),
  { maxLength: 12 },
)

it('each version is found as it began, or as its edit went on, after any changes and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(contents, { minLength: 10, maxLength: 10 }), steps, async (pool, taken) => {
      const directory = freshDirectory()
      let remembered = open(directory)
      let expected = new Map<string, ProfilesContent>()
      let onDisk = new Map<string, ProfilesContent>()
      let present = noContent
      for (const step of taken) {
        if (step.type === 'restart') {
          remembered = open(directory)
          expected = new Map(onDisk)
        } else if (step.type === 'show') {
          present = pool[step.which] ?? noContent
          await remembered.remember(present)
          expected.set(revisionOf(main, present), present)
          onDisk = new Map(expected)
        } else {
          const revision = [...expected.keys()][step.which]
          if (revision === undefined) continue
          await remembered.goOn(revision, step.content)
          expected.set(revision, step.content)
        }
      }
      for (const [revision, content] of expected) expect(await remembered.find(revision, present)).toEqual(content)
      expect(await remembered.find('0000000000000000', present)).toBeUndefined()
    }),
    { numRuns: 60 },
  )
})

it('the last 16 of them are kept, of 2,000 credentials in the room of little more than one', async () => {
  const directory = freshDirectory()
  const remembered = open(directory)
  const { profiles } = manyProfiles(2_000)
  const versions = Array.from({ length: 20 }, (_, number): ProfilesContent => {
    return { profiles, order: { anthropic: [`anthropic:n${number}`] } }
  })
  for (const version of versions) await remembered.remember(version)
  const again = open(directory)
  const found = await Promise.all(versions.map((version) => again.find(revisionOf(main, version), noContent)))
  expect(found).toEqual([...Array.from({ length: 4 }, () => undefined), ...versions.slice(4)])
  expect(statSync(pathIn(directory)).size).toBeLessThan(JSON.stringify(profiles).length + 4_096)
})

it('a start that finds what the last one left writes nothing', async () => {
  const directory = freshDirectory()
  const content = manyProfiles(3)
  await open(directory).remember(content)
  const { ino } = statSync(pathIn(directory))
  const again = open(directory)
  await again.remember(content)
  expect(statSync(pathIn(directory)).ino).toBe(ino)
  expect(await again.find(revisionOf(main, content), content)).toBe(content)
  await again.remember(manyProfiles(4))
  expect(JSON.parse(readFileSync(pathIn(directory), 'utf8'))).toMatchObject({ contents: { length: 2 } })
})
