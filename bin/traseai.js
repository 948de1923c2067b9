#!/usr/bin/env node
// Loads the CLI's bundle and hands it the process: CommonJS, because an ES module starts measurably later.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

const packageRoot = join(__dirname, '..')
const bundle = join(packageRoot, 'dist', 'cli.cjs')

// The source is read first: a build removes the compiled code before it replaces the source.
const source = readFileSync(bundle, 'utf8')
// V8 takes the compiled code only from its own version with the same flags; else it compiles the source.
const script = new Script(source, { filename: bundle, cachedData: readIfThere(`${bundle}.cache`) })
const cli = { exports: {} }
script.runInThisContext()(cli.exports, require, cli)

let stderr
let isGateway = false
cli.exports
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
    loadDaemon() {
      isGateway = true
      return import('../dist/daemon.mjs')
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

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
