// Compiles the CLI's bundle as far as a typical command needs it, for bin/traseai.js to start from.
// @ts-check
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Script } from 'node:vm'

const require = createRequire(import.meta.url)

/** An answer to `models.status` that makes the table be rendered. */
const report = {
  version: 1,
  agent: 'main',
  gateway: { version: '0', pid: 1, http: null },
  check: { exitCode: 0, problems: [{ code: 'cooling', message: 'x', hint: 'x' }] },
  providers: ['anthropic', 'openai'].map((provider) => ({
    provider,
    status: 'ok',
    endpoint: 'https://provider.test',
    next: `${provider}:A`,
    candidates: ['A', 'B'].map((name) => ({
      profileId: `${provider}:${name}`,
      kind: 'api_key',
      source: { kind: 'env-file', name, shadows: [] },
      fingerprint: '0',
      last4: '0000',
      status: 'ready',
      reason: null,
      until: null,
      expiresAt: null,
      lastUsedAt: null,
    })),
  })),
}

/**
 * Runs `models status` against a stand-in for the gateway, so that V8 has compiled what that takes, and returns the
 * compiled code. It fits the Node that runs this.
 * @param {string} root
 * @returns {Promise<Buffer>}
 */
export async function compiledCli(root) {
  const bundle = join(root, 'dist', 'cli.cjs')
  const source = await readFile(bundle, 'utf8')
  if (source.includes('import(')) {
    throw new Error('the CLI must not use import(): it fails in compiled code; hand the module in from bin/traseai.js')
  }
  const folder = await mkdtemp(join(tmpdir(), 'traseai-build-'))
  const socket = join(folder, 's')
  const server = createServer((connection) => {
    connection.on('data', (data) => {
      for (const line of data.toString().split('\n').filter(Boolean)) {
        const { id, method, params } = JSON.parse(line)
        const isGreeting = method === 'client.hello'
        const result = isGreeting ? { version: params.version } : report
        connection.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
        if (!isGreeting) connection.end()
      }
    })
  })
  await new Promise((resolve) => server.listen(socket, () => resolve(undefined)))
  try {
    const script = new Script(source, { filename: bundle })
    const cli = { exports: /** @type {any} */ ({}) }
    script.runInThisContext()(cli.exports, require, cli)
    await runStatus(cli.exports.main, { HOME: folder, TRASEAI_SOCKET: socket }, root)
    return script.createCachedData()
  } finally {
    server.close()
    await rm(folder, { recursive: true })
  }
}

/** @param {(options: object) => Promise<number>} main @param {Record<string, string>} env @param {string} packageRoot */
async function runStatus(main, env, packageRoot) {
  let said = ''
  const stdoutFd = openSync(join(env['HOME'] ?? '', 'stdout'), 'w')
  const stderr = new Writable({ write: (chunk, _encoding, done) => done(void (said += chunk)) })
  const argv = ['models', 'status', '--no-start']
  const status = await main({ env, argv, stdin: process.stdin, stdout: process.stdout, stdoutFd, stderr, packageRoot })
  closeSync(stdoutFd)
  if (status !== 0) throw new Error(`the CLI ended with status ${status}: ${said}`)
}
