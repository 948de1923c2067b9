// `env list`: which layer each key comes from, what it hides there, and what a change needs.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Result } from '../../src/protocol/contract.ts'
import { fakeKey, startWithCli, type CliWithGateway } from './with-gateway.ts'

/** A login shell that gives every program a key of Groq. */
function loginShell(): string {
  const folder = mkdtempSync(join(tmpdir(), 'traseai-shell-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const shell = join(folder, 'sh')
  writeFileSync(shell, `#!/bin/sh\nGROQ_API_KEY=${fakeKey('SSSS')} exec /bin/sh -c "$3"\n`)
  chmodSync(shell, 0o755)
  return shell
}

async function withThreeLayers(): Promise<CliWithGateway> {
  const cli = await startWithCli({
    env: { ANTHROPIC_API_KEY: fakeKey('PPPP'), XAI_API_KEY: fakeKey('XXXX'), SHELL: loginShell() },
    configuration: { env: { shellEnv: { enabled: true } } },
  })
  onTestFinished(async () => void (await cli.gateway.stop()))
  for (const [name, end] of [
    ['ANTHROPIC_API_KEY', 'FFFF'],
    ['XAI_API_KEY', 'XXXX'],
    ['OPENAI_API_KEY', 'OOOO'],
  ] as const)
    await cli.runWith({ input: fakeKey(end) }, 'env', 'set', name)
  return cli
}

it('says for each key its layer, what it hides, and what a change needs', async () => {
  const cli = await withThreeLayers()
  const { stdout, stderr, status } = await cli.run('env', 'list')
  expect(status).toBe(0)
  expect(stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
    'VARIABLE  PROVIDER  FROM  KEY  NOTES',
    'ANTHROPIC_API_KEY  anthropic  environment  …PPPP  hides another value in .env',
    'OPENAI_API_KEY  openai  .env  …OOOO',
    'GROQ_API_KEY  groq  login shell  …SSSS',
    'XAI_API_KEY  xai  environment  …XXXX  hides the same value in .env',
    '',
    'a change in the environment needs: traseai gateway restart (from where the new value is set)',
    'a change in .env takes effect at once',
    'a change in the login shell needs: traseai gateway reload',
    '',
  ])
  expect(stderr).toContain('note: ANTHROPIC_API_KEY of .env is not used: the environment has another value for it')
  expect(stderr).toContain('traseai gateway restart')
  expect(stderr).not.toContain('XAI')
})

it('says the same to programs', async () => {
  const cli = await withThreeLayers()
  const { variables } = await cli.json<Result<'env.list'>>('env', 'list')
  expect(variables.map(({ name, change, shadows }) => [name, change, shadows.map(({ differs }) => differs)])).toEqual([
    ['ANTHROPIC_API_KEY', 'restart', [true]],
    ['OPENAI_API_KEY', 'none', []],
    ['GROQ_API_KEY', 'reload', []],
    ['XAI_API_KEY', 'restart', [false]],
  ])
})
