// The doctor on .env and the environment: lines that do nothing, keys that cannot be right, and what it may mend.
import { readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { examinedHome, well, type Code } from './examined-home.ts'

const anthropic = 'sk-ant-test-0123456789abcdef0123'
const openai = 'sk-test-0123456789abcdef0123456789abcdef0123456'

const findings: readonly [what: string, code: Code, text: string, says: RegExp][] = [
  ['a line that is no assignment', 'env_file', `ANTHROPIC_API_KEY=${anthropic}\nhello\n`, /:2: is not an assignment/],
  ['a quote that is not closed', 'env_file', `ANTHROPIC_API_KEY="${anthropic}\n`, /:1: .*quote/],
  ['a NUL byte', 'env_file', 'A=\0\n', /NUL byte/],
  [
    'a variable that is set twice',
    'env_duplicates',
    `OPENAI_API_KEY=${openai}\nOPENAI_API_KEY=${openai}x\n`,
    /line 1 is not used/,
  ],
  ['a value that is cut at #', 'env_cut', 'OPENAI_API_KEY=sk-abc#def\n', /ends at the #/],
  ['a trailing blank in quotes', 'env_blanks', `OPENAI_API_KEY="${openai} "\n`, /blanks/],
  ['a trailing blank', 'env_blanks', `OPENAI_API_KEY=${openai}  \n`, /blanks/],
  ['a name with a letter too few', 'env_names', 'ANTROPIC_API_KEY=x\n', /read by no provider/],
  ['a key of another provider', 'key_shapes', `OPENAI_API_KEY=${anthropic}\n`, /key of Anthropic, not of OpenAI/],
  ['a placeholder', 'key_shapes', 'OPENAI_API_KEY=your-api-key-here\n', /placeholder/],
  ['a wrong key in a list', 'key_shapes', `OPENAI_API_KEYS=${openai},${anthropic}\n`, /one of its keys: .*Anthropic/],
  [
    'the same key under two names',
    'same_key',
    `OPENAI_API_KEY=${openai}\nOPENAI_API_KEY_2=${openai}\n`,
    /_2 holds the same key as OPENAI_API_KEY/,
  ],
  [
    'the same key for two providers',
    'same_key',
    `DEEPSEEK_API_KEY=${openai}\nOPENAI_API_KEY=${openai}\n`,
    /holds the same key/,
  ],
]

describe('.env', () => {
  it.each(findings)('is found to have %s', async (_what, code, text, says) => {
    const home = examinedHome()
    home.write('.env', text)
    const found = await home.ask(code)
    expect(found).toMatchObject([{ message: expect.stringMatching(says) as string }])
    expect(found[0]?.severity).not.toBe('ok')
    expect(found[0]?.hint).toBeTruthy()
  })

  it('that is in order has nothing to be found', async () => {
    const home = examinedHome()
    home.write('.env', `# keys\nexport ANTHROPIC_API_KEY=${anthropic} # mine\nOPENAI_API_KEY='${openai}'\nDEBUG=1\n`)
    for (const code of new Set(findings.map(([, each]) => each))) expect(await home.ask(code)).toEqual(well(code))
  })

  it('has no part of a key in what is said of it', async () => {
    const home = examinedHome()
    home.write('.env', findings.map(([, , text]) => text.replaceAll('\0', '')).join(''))
    const said = JSON.stringify(await home.examine({ fix: true, env: { OPENAI_API_KEY: `${anthropic}\u00a0` } }))
    for (const secret of ['0123456789', 'abcdef01', 'sk-abc', 'your-api']) expect(said).not.toContain(secret)
  })

  it('is hidden by another value in the environment', async () => {
    const home = examinedHome()
    home.write('.env', `OPENAI_API_KEY=${openai}\nANTHROPIC_API_KEY=${anthropic}\n`)
    const env = { OPENAI_API_KEY: `${openai}x`, ANTHROPIC_API_KEY: anthropic }
    expect(await home.ask('env_shadowed', { env })).toMatchObject([
      { severity: 'warning', message: expect.stringMatching(/OPENAI_API_KEY .*is not used/) as string },
    ])
    expect(await home.ask('env_shadowed')).toEqual(well('env_shadowed'))
  })

  it('may be fine while the environment has a wrong key', async () => {
    const env = { OPENAI_API_KEY: anthropic }
    expect(await examinedHome().ask('key_shapes', { env })).toMatchObject([
      { severity: 'error', message: expect.stringContaining('OPENAI_API_KEY of the environment') as string },
    ])
  })
})

describe('--fix', () => {
  const untidy = `# mine\r\nOPENAI_API_KEY="${openai} "  # work\r\nGROQ_API_KEY=1\r\nGROQ_API_KEY=2\r\nA=1 \r\nA=1\r\nANTHROPIC_API_KEY=${anthropic} \t\r\n`

  it('takes out blanks around keys and lines that say the same again, and nothing else', async () => {
    const home = examinedHome()
    home.write('.env', untidy)
    const found = await home.examine({ fix: true })
    expect(found.filter(({ fixed }) => fixed).map(({ code }) => code)).toEqual([
      'env_duplicates',
      'env_blanks',
      'env_blanks',
    ])
    expect(readFileSync(home.path('.env'), 'utf8')).toBe(
      `# mine\r\nOPENAI_API_KEY="${openai}"  # work\r\nGROQ_API_KEY=1\r\nGROQ_API_KEY=2\r\nA=1\r\nANTHROPIC_API_KEY=${anthropic}\r\n`,
    )
    expect(statSync(home.path('.env')).mode & 0o777).toBe(0o600)
  })

  it('does nothing the second time', async () => {
    const home = examinedHome()
    home.write('.env', untidy)
    await home.examine({ fix: true })
    const before = statSync(home.path('.env')).mtimeMs
    expect((await home.examine({ fix: true })).filter(({ fixed }) => fixed)).toEqual([])
    expect(statSync(home.path('.env')).mtimeMs).toBe(before)
  })

  it('leaves two lines with different values to a person', async () => {
    const home = examinedHome()
    home.write('.env', 'GROQ_API_KEY=1\nGROQ_API_KEY=2\n')
    expect(await home.ask('env_duplicates', { fix: true })).toMatchObject([{ hint: 'remove one of the lines' }])
    expect(readFileSync(home.path('.env'), 'utf8')).toBe('GROQ_API_KEY=1\nGROQ_API_KEY=2\n')
  })
})
