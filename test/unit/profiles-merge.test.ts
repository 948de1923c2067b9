// What a hand edit of an auth-profiles.json means.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noContent, profilesContents, type ProfilesContent } from '../../src/domain/profiles-file.ts'
import { contents, type Edit, editOf, fakeKey, made, mergeText, textOf } from '../support/profiles-edits.ts'
import { added, anthropic, gpt, home, iso, main, minuteMs, noon, stateAfter, work } from '../support/story.ts'

const stored = stateAfter(added(work, { expiresAt: iso(noon + minuteMs) }), added(home), {
  type: 'CredentialsOrdered',
  data: { agent: main, provider: anthropic, profileIds: [work, home] },
})
const content = profilesContents(stored, main).get(main) ?? noContent

/** What follows from an edit of the file as it is now. */
const afterEdit = (edit: Edit, state = content): ReturnType<typeof mergeText> =>
  mergeText(editOf(textOf(content), edit), content, state)

describe('a hand edit', () => {
  test('of an order sets it, and one without an order clears it', () => {
    const profileIds = [home, work]
    expect(afterEdit((file) => (file.order['anthropic'] = profileIds)).edits).toEqual([
      { type: 'order', provider: 'anthropic', profileIds },
    ])
    expect(afterEdit((file) => delete file.order['anthropic']).edits).toEqual([
      { type: 'clear', provider: 'anthropic' },
    ])
    expect(afterEdit((file) => delete (file as Partial<typeof file>).order).edits).toHaveLength(1)
    expect(afterEdit((file) => (file.order['anthropic'] = [])).edits).toEqual([
      { type: 'clear', provider: 'anthropic' },
    ])
  })

  test('that takes a profile out removes its credential, last of all edits', () => {
    const { edits } = afterEdit((file) => {
      delete file.profiles['anthropic:home']
      file.order['anthropic'] = [work]
    })
    expect(edits).toEqual([
      { type: 'order', provider: 'anthropic', profileIds: [work] },
      { type: 'remove', profileId: home },
    ])
  })

  test.each(['key', 'apiKey', 'api_key', 'token', 'access', 'secret', 'ref'])(
    'that pastes a key as "%s" stores it',
    (field) => {
      const { edits, findings } = afterEdit((file) => {
        file.profiles['anthropic:work'] = { provider: 'anthropic', [field]: fakeKey }
        file.profiles['anthropic:new'] = { [field]: fakeKey, expires: noon + minuteMs }
      })
      expect(findings).toEqual([])
      expect(edits).toMatchObject([
        { type: 'store', profileId: work, provider: 'anthropic', expiresAt: null, secret: fakeKey },
        { type: 'store', profileId: 'anthropic:new', kind: 'api_key', expiresAt: noon + minuteMs, secret: fakeKey },
      ])
    },
  )

  test('that pastes a token stores it as one, whatever "type" says', () => {
    const token = `sk-ant-oat01-${'test'.repeat(24)}`
    const [edit] = afterEdit((file) => (file.profiles['anthropic:new'] = { type: 'api_key', key: token })).edits
    expect(edit).toMatchObject({ type: 'store', kind: 'token' })
  })

  test('that pastes a key under the date of the one before does not take that date for its own', () => {
    const [edit] = afterEdit((file) => Object.assign(file.profiles['anthropic:work'] ?? {}, { key: fakeKey })).edits
    expect(edit).toMatchObject({ type: 'store', expiresAt: null })
  })

  test('that writes a reference keeps it in place of a secret', () => {
    const { edits } = afterEdit((file) => {
      file.profiles['anthropic:new'] = { ref: 'file:/run/secrets/key' }
      Object.assign(file.profiles['anthropic:home'] ?? {}, { ref: 'env:HOME_KEY' })
    })
    expect(edits).toMatchObject([
      { type: 'refer', profileId: home, reference: 'env:HOME_KEY' },
      { type: 'refer', profileId: 'anthropic:new', kind: 'api_key', reference: 'file:/run/secrets/key' },
    ])
  })

  test('of a date or a type states them anew', () => {
    const { edits } = afterEdit((file) => {
      Object.assign(file.profiles['anthropic:work'] ?? {}, { expiresAt: iso(noon) })
      Object.assign(file.profiles['anthropic:home'] ?? {}, { type: 'token' })
    })
    expect(edits).toMatchObject([
      { type: 'restate', profileId: home, kind: 'token', expiresAt: null },
      { type: 'restate', profileId: work, kind: 'api_key', expiresAt: noon },
    ])
  })

  test('of the usage statistics is nothing', () => {
    expect(afterEdit((file) => (file.usageStats = { [work]: { lastUsedAt: 'never' } }))).toEqual({
      edits: [],
      findings: [],
    })
  })

  test.each<[string, Edit, string]>([
    ['a profile without a key', (file) => (file.profiles['anthropic:new'] = {}), 'has neither a key nor a reference'],
    [
      'a secret that is not kept',
      (file) => (file.profiles['anthropic:new'] = { ref: 'vault:anthropic:new' }),
      'refers to a secret that is not kept for this agent',
    ],
    [
      "another profile's secret",
      (file) => Object.assign(file.profiles['anthropic:work'] ?? {}, { ref: 'vault:anthropic:home' }),
      'refers to a secret that is not its own',
    ],
    ['a variable without env:', (file) => (file.profiles['anthropic:new'] = { ref: 'WORK_KEY' }), 'is no reference'],
    ['an unknown type', (file) => (file.profiles['anthropic:new'] = { type: 'tokn' }), 'unknown "type"'],
    ['a date in words', (file) => (file.profiles['a:b'] = { expiresAt: 'tomorrow' }), 'no expiry date'],
    ['another provider', (file) => Object.assign(file.profiles['anthropic:work'] ?? {}, { provider: 'x' }), 'is for'],
    [
      'a date that was taken away',
      (file) => delete file.profiles['anthropic:work']?.['expiresAt'],
      'which can be changed and not taken away',
    ],
    [
      'two keys in one profile',
      (file) => (file.profiles['anthropic:new'] = { key: fakeKey, token: `${fakeKey}1` }),
      'has more than one key',
    ],
    ['half a key', (file) => (file.profiles['anthropic:new'] = { key: 'sk-ant-api03-a' }), 'was cut short'],
    ['an unknown provider', (file) => (file.profiles['nobody:new'] = { key: fakeKey }), 'not known'],
    ['a key in place of a name', (file) => (file.profiles[fakeKey] = { key: fakeKey }), 'not known'],
    [
      'a key in a name',
      (file) => (file.profiles[`anthropic:${fakeKey}`] = { key: fakeKey }),
      'has a name that could be a key',
    ],
    ['a key in an order', (file) => (file.order['anthropic'] = [work, fakeKey]), 'names no profile at place 2'],
    ['an order that is none', (file) => (file.order['anthropic'] = 'work' as never), 'is no list of profiles'],
    ['an order of nobody', (file) => (file.order[fakeKey] = [work]), 'is no provider'],
  ])('with %s is told, stays in the file, and changes nothing', (_what, edit, words) => {
    const { edits, findings } = afterEdit(edit)
    expect(edits).toEqual([])
    expect(findings).toMatchObject([{ held: true, message: expect.stringContaining(words) as string }])
    expect(JSON.stringify(findings.map(({ message, hint }) => [message, hint]))).not.toContain(fakeKey)
  })
})

describe('a hand edit of an older file', () => {
  const newer: ProfilesContent = { profiles: content.profiles, order: { anthropic: [work], openai: [gpt] } }

  test('changes only what somebody changed', () => {
    const { edits, findings } = afterEdit((file) => (file.order['groq'] = ['groq:a']), newer)
    expect(edits).toEqual([{ type: 'order', provider: 'groq', profileIds: ['groq:a'] }])
    expect(findings).toEqual([])
  })

  test('loses to the state where both changed the same, and says so', () => {
    const { edits, findings } = afterEdit((file) => (file.order['anthropic'] = [home, work]), newer)
    expect(edits).toEqual([])
    expect(findings).toMatchObject([{ section: 'order', name: 'anthropic', held: false }])
  })

  test('does not remove what was stored meanwhile', () => {
    const before = { ...content, profiles: { 'anthropic:work': content.profiles['anthropic:work'] as never } }
    expect(mergeText(textOf(before), before, content).edits).toEqual([])
  })

  test('brings nothing back that was removed meanwhile', () => {
    const now = { ...content, profiles: { 'anthropic:work': content.profiles['anthropic:work'] as never } }
    expect(afterEdit(() => {}, now)).toEqual({ edits: [], findings: [] })
    const { edits, findings } = afterEdit((file) => (file.profiles['anthropic:home'] = { ref: 'env:X' }), now)
    expect(edits).toEqual([])
    expect(findings).toMatchObject([{ name: home, held: false }])
  })
})

describe('a file whose beginning nobody knows', () => {
  const without: Edit = (file) => {
    file.profiles = {}
    file.order = {}
  }

  test.each(['of another home', null])('removes nothing (revision: %s)', (revision) => {
    const text = editOf(textOf(content), (file) => {
      without(file)
      file.revision = revision
    })
    expect(mergeText(text, content, content).edits).toEqual([])
  })

  test('says what counts when somebody wrote it as a whole', () => {
    const text = JSON.stringify({ version: 1, profiles: {}, order: { anthropic: [home] } })
    expect(mergeText(text, content, content).edits).toEqual([
      { type: 'order', provider: 'anthropic', profileIds: [home] },
    ])
  })

  test('adds what is new when it is of another home, and changes nothing', () => {
    const text = editOf(textOf(content), (file) => {
      file.revision = '0123456789abcdef'
      file.order['anthropic'] = [home]
      file.order['groq'] = ['groq:a']
    })
    const { edits, findings } = mergeText(text, content, content)
    expect(edits).toEqual([{ type: 'order', provider: 'groq', profileIds: ['groq:a'] }])
    expect(findings).toMatchObject([{ name: 'anthropic', held: false }])
  })
})

describe('by property', () => {
  test('a file that nobody edited means nothing, whatever the gateway did meanwhile', () => {
    fc.assert(
      fc.property(contents, contents, (base, state) => {
        expect(mergeText(textOf(base), base, state)).toEqual({ edits: [], findings: [] })
        expect(
          mergeText(
            editOf(textOf(state), (file) => (file.revision = 'x')),
            base,
            state,
          ).edits,
        ).toEqual([])
      }),
    )
  })

  test('an edit that was made means nothing when the file is read again', () => {
    fc.assert(
      fc.property(contents, contents, contents, (base, edited, state) => {
        const text = editOf(textOf(base), (file) =>
          Object.assign(file, { profiles: edited.profiles, order: edited.order }),
        )
        const { edits } = mergeText(text, base, state)
        expect(mergeText(text, base, made(state, edits)).edits).toEqual([])
      }),
    )
  })

  test('without a known beginning nothing is ever removed or cleared', () => {
    fc.assert(
      fc.property(contents, contents, fc.constantFrom(null, 'x'), (edited, state, revision) => {
        const text = editOf(textOf(edited), (file) => (file.revision = revision))
        const taken = mergeText(text, null, state).edits.map(({ type }) => type)
        expect(taken).not.toContain('remove')
        expect(taken).not.toContain('clear')
      }),
    )
  })
})
