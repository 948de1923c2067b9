#!/usr/bin/env node
// Finds the bundle and hands it the process: CommonJS, because an ES module starts measurably later.
const { join } = require('node:path')
const { main } = require('../dist/cli.cjs')

const { env, argv, stdin, stdout, stderr } = process
const packageRoot = join(__dirname, '..')
const daemonEntry = join(packageRoot, 'dist', 'daemon.mjs')
main({ env, argv: argv.slice(2), stdin, stdout, stderr, daemonEntry, packageRoot }).then((status) => {
  process.exitCode = status
})
