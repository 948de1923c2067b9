// The reference pages say what the code says.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { referencePages } from '../../.ci/reference-pages.ts'

describe('the reference pages', () => {
  it.each(Object.entries(referencePages()))('docs/reference/%s is what `npm run docs` would write', (file, text) => {
    const path = fileURLToPath(new URL(`../../docs/reference/${file}`, import.meta.url))
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})
