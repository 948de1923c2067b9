// A bundler plugin: some Node modules are loaded when one of their functions is first called, not when the program starts.
// @ts-check

/** What costs time to load, and what many commands never use. */
const expensive = /^(node:)?(child_process|crypto|fs\/promises|net|readline|readline\/promises|timers\/promises)$/

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
        // Only functions: what else a module has cannot be put off, and the bundler says so where it is imported.
        const functions = Object.entries(await import(path)).filter(([, value]) => typeof value === 'function')
        // The bundler leaves out those that nobody imports.
        const contents = functions.map(
          ([name]) => `export const ${name} = (...values) => require('${path}').${name}(...values)`,
        )
        return { contents: contents.join('\n') }
      })
    },
  }
}
