#!/usr/bin/env node
// Loads the CLI's bundle and hands it the process: CommonJS, because an ES module starts measurably later and cannot be kept compiled.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

const packageRoot = join(__dirname, '..')
const cli = loadBundle('cli.cjs')

let stderr
let isGateway = false
cli
  .main({
    env: process.env,
    argv: process.argv.slice(2),
    // Each stream costs a millisecond or two when it is first touched, and most commands need none.
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return process.stdout
    },
    get stderr() {
      return (stderr ??= process.stderr)
    },
    stdoutFd: 1,
    async loadDaemon() {
      isGateway = true
      // Node looks up names of hosts with the threads that it reads files with: a few that hang on a disk that is away must not end all requests.
      process.env.UV_THREADPOOL_SIZE ??= '32'
      return loadBundle('daemon.cjs')
    },
    async loadInteractive() {
      return loadBundle('interactive.cjs')
    },
    packageRoot,
  })
  .then((status) => {
    process.exitCode = status
    // A gateway has closed what it opened. A command leaves that to the end of the process, which is quicker.
    if (isGateway) return
    if (stderr) stderr.write('', () => process.exit())
    else process.exit()
  })

/**
 * What a bundle exports. It is run with the compiled code that the build left beside it, which V8 takes only from its own
 * version with the same flags; otherwise the source is compiled.
 * @param {string} name
 */
function loadBundle(name) {
  const file = join(packageRoot, 'dist', name)
  // The source is read first: a build removes the compiled code before it replaces the source.
  const source = readFileSync(file, 'utf8')
  const script = new Script(source, { filename: file, cachedData: readIfThere(`${file}.cache`) })
  const bundle = { exports: {} }
  script.runInThisContext()(bundle.exports, require, bundle)
  return bundle.exports
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
