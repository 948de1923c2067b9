// Differences of contents, by property.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { applyDifference, differenceOf } from '../../src/domain/content-difference.ts'
import { noContent } from '../../src/domain/profiles-file.ts'
import { contents } from '../support/profiles-edits.ts'

it('a difference leads from where it begins to where it ends', () => {
  fc.assert(
    fc.property(contents, contents, (from, to) => {
      expect(applyDifference(from, differenceOf(from, to))).toEqual(to)
    }),
  )
})

it('like contents do not differ, and a content is its difference from nothing', () => {
  fc.assert(
    fc.property(contents, (content) => {
      expect(differenceOf(content, structuredClone(content))).toEqual(noContent)
      expect(applyDifference(noContent, content)).toEqual(content)
    }),
  )
})
