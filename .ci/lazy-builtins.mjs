// A bundler plugin: some Node modules are loaded when one of their functions is first called, not when the program starts.
// @ts-check

/** What costs time to load, and what many commands never use. */
const expensive = /^(node:)?(child_process|crypto|fs\/promises|net|os|readline|readline\/promises|timers\/promises)$/

/**
 * For CommonJS bundles; together these modules cost 3 to 6 ms of every start of the CLI.
 * @returns {import('esbuild').Plugin}
 */
export function lazyBuiltins() {
  const namespace = 'lazy'
  return {
    name: 'lazy-builtins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: expensive }, ({ path, importer }) =>
        importer === path ? { path, external: true } : { path, namespace },
      )
      onLoad({ filter: expensive, namespace }, async ({ path }) => {
        const members = Object.entries(await import(path)).filter(([name]) => name !== 'default')
        const isFunction = (/** @type {[string, unknown]} */ [, value]) => typeof value === 'function'
        // The bundler leaves out those that nobody imports.
        const functions = members
          .filter(isFunction)
          .map(([name]) => `export const ${name} = (...values) => require('${path}').${name}(...values)`)
        // What is no function is had from the module as a whole: `os.constants`.
        const others = members
          .filter((member) => !isFunction(member))
          .map(([name]) => `get ${name}() { return require('${path}').${name} }`)
        return { contents: [...functions, `export default { ${others.join(', ')} }`].join('\n') }
      })
    },
  }
}
