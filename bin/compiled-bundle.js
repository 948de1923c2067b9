// Loads the CLI's bundle with the compiled code that the build put beside it: half of what the bundle costs at each start.
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')

/**
 * @param {string} file a CommonJS bundle without `import()`, which code from a cache cannot use
 * @returns {{ script: import('node:vm').Script, exports: any }}
 */
function loadBundle(file) {
  // The source is read first: a build removes the compiled code before it replaces the source.
  const source = `(function (exports, require, module) {${readFileSync(file, 'utf8')}\n})`
  // V8 takes the compiled code only from its own version with the same flags; else it compiles the source.
  const script = new Script(source, { filename: file, cachedData: readIfThere(`${file}.cache`) })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module)
  return { script, exports: module.exports }
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

module.exports = { loadBundle }
