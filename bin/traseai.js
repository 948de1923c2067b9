#!/usr/bin/env node
// Finds the bundle and hands it the process: CommonJS, because an ES module starts measurably later.
const { join } = require('node:path')
const { loadBundle } = require('./compiled-bundle.js')

const packageRoot = join(__dirname, '..')
const { main } = loadBundle(join(packageRoot, 'dist', 'cli.cjs')).exports
main({
  env: process.env,
  argv: process.argv.slice(2),
  // Each stream costs a millisecond or two when it is first touched, and most commands read nothing.
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return process.stdout
  },
  get stderr() {
    return process.stderr
  },
  loadDaemon: () => import('../dist/daemon.mjs'),
  packageRoot,
}).then((status) => {
  process.exitCode = status
})
