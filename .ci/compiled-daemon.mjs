// Compiles the daemon's bundle as far as a start needs it, for bin/traseai.js to start from. Run as a program, it is that start.
// @ts-check
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

const self = fileURLToPath(import.meta.url)
const startMsMax = 30_000

/**
 * Starts a gateway on a home of its own in a process of its own, and returns the compiled code. It fits the Node that runs this.
 * @param {string} root
 * @returns {Promise<Buffer>}
 */
export async function compiledDaemon(root) {
  const home = await mkdtemp(join(tmpdir(), 'traseai-build-'))
  try {
    await writeFile(join(home, 'traseai.json'), '{ "gateway": { "port": 0 } }')
    await writeFile(join(home, '.env'), 'OPENAI_API_KEY=none\n')
    const env = { PATH: process.env['PATH'], HOME: home, TRASEAI_HOME: home }
    const child = spawn(process.execPath, [self, root], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: startMsMax,
    })
    const [status, signal] = await once(child, 'exit')
    if (status !== 0) throw new Error(`the gateway that was started to be compiled ended with ${status ?? signal}`)
    return await readFile(join(home, 'compiled'))
  } finally {
    await rm(home, { recursive: true })
  }
}

/** @param {string} root */
async function startAndCompile(root) {
  const bundle = join(root, 'dist', 'daemon.cjs')
  const source = await readFile(bundle, 'utf8')
  if (source.includes('import('))
    throw new Error('the daemon must not use import() of what is not in its bundle: it fails in compiled code')
  const script = new Script(source, { filename: bundle })
  const daemon = { exports: /** @type {any} */ ({}) }
  script.runInThisContext()(daemon.exports, createRequire(bundle), daemon)
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() })
  const running = daemon.exports.runGateway({ env: process.env, stdout, background: true, packageRoot: root })
  await stopWhenReady(join(process.env['TRASEAI_HOME'] ?? '', 'control.sock'))
  const status = await running
  if (status !== 0) throw new Error(`the gateway ended with status ${status}`)
  await writeFile(join(process.env['TRASEAI_HOME'] ?? '', 'compiled'), script.createCachedData())
}

/** Asks for the status, as the first caller does, then for the stop. @param {string} path */
async function stopWhenReady(path) {
  const connection = await connected(path)
  for (const [id, method] of ['models.status', 'gateway.stop'].entries()) {
    connection.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: {} })}\n`)
    await once(connection, 'data')
  }
  connection.end()
}

/** @param {string} path @returns {Promise<import('node:net').Socket>} */
async function connected(path) {
  const connection = createConnection(path)
  try {
    await once(connection, 'connect')
    return connection
  } catch {
    // Not there yet; the time limit of the process ends a start that never gets there.
    await new Promise((resolve) => setTimeout(resolve, 5))
    return await connected(path)
  }
}

if (process.argv[1] === self) await startAndCompile(process.argv[2] ?? dirname(dirname(self)))
