// Which variable somebody meant whose name no provider reads.
import { describe, expect, it } from 'vitest'
import { nearKeyVariable } from '../../src/domain/near-key-variable.ts'
import { builtInProviders } from '../../src/domain/provider-table.ts'

const near = (name: string): string | null => nearKeyVariable(name, builtInProviders)

describe('a variable', () => {
  it.each([
    ['ANTROPIC_API_KEY', 'ANTHROPIC_API_KEY'],
    ['ANTHROPIC_APIKEY', 'ANTHROPIC_API_KEY'],
    ['ANTHROPIC_KEY', 'ANTHROPIC_API_KEY'],
    ['ANTHROPIC_API_KEY2', 'ANTHROPIC_API_KEY_2'],
    ['anthropic_api_key', 'ANTHROPIC_API_KEY'],
    ['CLAUDE_API_KEY', 'ANTHROPIC_API_KEY'],
    ['OPENAI_TOKEN', 'OPENAI_API_KEY'],
    ['OPENAI_KEYS', 'OPENAI_API_KEYS'],
    ['HF_TOKEN', 'HUGGINGFACE_API_KEY'],
    ['LIVE_OPENAI_KEY', 'TRASEAI_LIVE_OPENAI_KEY'],
  ])('%s most likely means %s', (name, meant) => {
    expect(near(name)).toBe(`did you mean ${meant}?`)
  })

  it.each(['CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN'])('%s of another program can be stored', (name) => {
    expect(near(name)).toContain('traseai models auth paste-token --provider anthropic')
  })

  it.each(['ANTHROPIC_API_KEY', 'OPENAI_API_KEY_WORK', 'GOOGLE_API_KEY'])('%s is read', (name) => {
    expect(near(name)).toBeNull()
  })

  it.each(['DEBUG', 'PORT', 'ANTHROPIC_BASE_URL', 'SMTP_SECRET', 'STRIPE_SECRET_KEY', 'KEY', '__proto__', 'TOKEN'])(
    '%s is nothing of ours',
    (name) => {
      expect(near(name)).toBeNull()
    },
  )
})
