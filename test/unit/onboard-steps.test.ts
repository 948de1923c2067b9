// What onboarding makes of what it found, and how it goes on when a step fails or somebody interrupts.
import { describe, expect, it } from 'vitest'
import { apply } from '../../src/cli/interactive/onboard/apply.ts'
import { modelsToOffer } from '../../src/cli/interactive/onboard/default-models.ts'
import type { FoundKey } from '../../src/cli/interactive/onboard/found-key.ts'
import { offersOf } from '../../src/cli/interactive/onboard/offers.ts'
import { keepingSteps } from '../../src/cli/interactive/onboard/plan.ts'
import { stepReport, stepText, type Step } from '../../src/cli/interactive/onboard/steps.ts'
import type { GatewayClient } from '../../src/client/connect.ts'
import type { ImportTool } from '../../src/cli/import-tools.ts'
import { TraseError } from '../../src/errors.ts'

const value = (end: string): string => `sk-proj-test-0123456789abcdef${end}`
const found = (tool: ImportTool, end: string, provider = 'openai'): FoundKey => ({
  provider,
  kind: 'api_key',
  value: value(end),
  origins: [{ tool, place: `~/.${tool}` }],
})
const credential = (profileId: string, last4: string) => ({
  profileId,
  provider: profileId.split(':', 1)[0] ?? '',
  last4,
  source: { kind: 'vault' as const, name: profileId },
  status: 'ready' as const,
})

describe('what is offered', () => {
  it('is what the gateway does not have, under an id of its own', () => {
    const { fresh, known } = offersOf([found('codex', 'AAAA'), found('openclaw', 'BBBB'), found('openclaw', 'CCCC')], {
      credentials: [credential('openai:work', 'AAAA')],
      foreignIds: [],
    })
    expect(known.map(({ profileId }) => profileId)).toEqual(['openai:work'])
    expect(fresh.map(({ profileId, replaces }) => [profileId, replaces])).toEqual([
      ['openai:openclaw', null],
      ['openai:openclaw-2', null],
    ])
  })

  it('a changed key of a tool would replace the one that is not found any more', () => {
    const { fresh } = offersOf([found('openclaw', 'AAAA'), found('openclaw', 'NEW1')], {
      credentials: [credential('openai:openclaw', 'AAAA'), credential('openai:openclaw-2', 'OLD1')],
      foreignIds: [],
    })
    expect(fresh.map(({ profileId, replaces }) => [profileId, replaces])).toEqual([['openai:openclaw-2', 'OLD1']])
  })

  it("never takes an id of another agent's credential", () => {
    const { fresh } = offersOf([found('codex', 'AAAA')], { credentials: [], foreignIds: ['openai:codex'] })
    expect(fresh.map(({ profileId }) => profileId)).toEqual(['openai:codex-2'])
  })

  it('a token goes to the vault, whatever was chosen, and a variable that is taken is left alone', () => {
    const token: FoundKey = { ...found('openclaw', 'TOKN', 'anthropic'), kind: 'token' }
    const { fresh } = offersOf([token, found('codex', 'AAAA'), found('llm', 'BBBB')], {
      credentials: [],
      foreignIds: [],
    })
    const steps = keepingSteps(fresh, 'env', new Set(['OPENAI_API_KEY', 'OPENAI_API_KEY_3']))
    expect(steps.map((step) => stepText(step))).toEqual([
      'store anthropic:openclaw …TOKN, from ~/.openclaw',
      'write OPENAI_API_KEY_2 …AAAA to .env, from ~/.codex',
      'write OPENAI_API_KEY_4 …BBBB to .env, from ~/.llm',
    ])
  })
})

describe('the steps', () => {
  const steps: readonly Step[] = ['AAAA', 'BBBB', 'CCCC'].map((end) => ({
    do: 'store',
    profileId: `openai:${end}`,
    provider: 'openai',
    kind: 'api_key',
    value: value(end),
    from: 'as typed',
    replaces: null,
  }))

  async function run(answer: (profileId: string, interrupt: () => void) => void) {
    const interruption = new AbortController()
    const added: string[] = []
    const said: string[] = []
    // The one method that these steps need of a gateway.
    const gateway = {
      call: async (_method: string, { profileId }: { readonly profileId: string }) => {
        answer(profileId, () => interruption.abort())
        added.push(profileId)
        return { profileId, rotated: false, next: null, notes: [] }
      },
    } as unknown as GatewayClient
    const outcomes = await apply(steps, {
      gateway,
      agent: undefined,
      signIn: async () => true,
      interrupted: interruption.signal,
      tell: { done: (text) => said.push(`+ ${text}`), failed: (text) => said.push(`- ${text}`), say: () => {} },
    })
    return { added, said, outcomes: outcomes.map(({ outcome }) => outcome), reports: outcomes.map(stepReport) }
  }

  it('one that is under way when somebody interrupts is finished, the others are named', async () => {
    const { added, said, outcomes } = await run((_id, interrupt) => interrupt())
    expect(added).toEqual(['openai:AAAA'])
    expect(outcomes).toEqual(['done', 'not_done', 'not_done'])
    expect(said).toEqual([
      '+ stored openai:AAAA …AAAA, as typed',
      '- store openai:BBBB …BBBB, as typed',
      '- store openai:CCCC …CCCC, as typed',
    ])
  })

  it('one that fails says why, and keeps the others from nothing', async () => {
    const { added, said, outcomes, reports } = await run((id) => {
      if (id === 'openai:BBBB') throw new TraseError('vault_locked', 'the vault is locked')
    })
    expect(added).toEqual(['openai:AAAA', 'openai:CCCC'])
    expect(outcomes).toEqual(['done', 'failed', 'done'])
    expect(said[1]).toBe('- store openai:BBBB …BBBB, as typed: the vault is locked')
    expect(JSON.stringify(reports)).not.toContain('0123456789')
  })
})

describe('the models that are offered', () => {
  const list = (provider: string, names: readonly string[]) => ({
    provider,
    fetchedAt: '2026-11-22T00:00:00.000Z',
    models: names.map((name) => ({ name })),
  })

  it('are those suggested that the provider still has', () => {
    const lists = { default: null, providers: [list('openai', ['gpt-5', 'gpt-6'])] }
    expect(modelsToOffer(lists, new Set(['openai']))).toEqual(['openai/gpt-5'])
  })

  it('are the first of its list when it has none of them', () => {
    const lists = { default: 'groq/b', providers: [list('groq', ['a', 'b', 'c', 'd'])] }
    expect(modelsToOffer(lists, new Set(['groq']))).toEqual(['groq/a', 'groq/c'])
  })

  it('are all that are suggested when there is no list', () => {
    const lists = { default: null, providers: [] }
    expect(modelsToOffer(lists, new Set(['anthropic', 'nobody']))).toHaveLength(2)
  })
})
