// A bundler plugin: some Node modules are loaded when one of their names is first used, not when the program starts.
// @ts-check

/** What costs time to load, and what many commands never use. Their functions work without a `this`. */
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
        // Named getters, because the bundler copies a module's names without looking behind them.
        const names = Object.keys(await import(path)).filter((name) => name !== 'default')
        return {
          contents: `
            let loaded
            for (const name of ${JSON.stringify(names)}) {
              Object.defineProperty(exports, name, { enumerable: true, get: () => (loaded ??= require('${path}'))[name] })
            }`,
        }
      })
    },
  }
}
