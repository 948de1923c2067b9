// A simulated month of requests against organisations with limits, bills and clocks of their own: what a router that knows every bucket would have served, and what the gateway did.
import { pathToFileURL } from 'node:url'
import { bundleScript } from '../test/support/bundle-script.mjs'

const daysUsual = 30
const seedUsual = 1
const goodputGoal = 0.98

const everywhere = (strategy) => ({ anthropic: strategy, openai: strategy, google: strategy })
/** `usual` is the default but where quotas are for a day: used one after the other, the first is gone when a spike comes. */
const configurations = {
  usual: { google: 'round-robin' },
  ordered: everywhere('ordered'),
  'round-robin': everywhere('round-robin'),
  headroom: everywhere('headroom'),
}

/** What `only` may name. */
export const names = Object.keys(configurations)

/** `days`, `seed`, and `only` with names of configurations. */
export async function* run({ days = daysUsual, seed = seedUsual, only = ['usual'] } = {}) {
  const bundle = await bundleScript('test/month/simulate.ts')
  try {
    const { simulateMonth } = await import(pathToFileURL(bundle.path).href)
    for (const strategy of only) {
      const startedAt = performance.now()
      const { providers, overlooked } = await simulateMonth({ days, seed, strategies: configurations[strategy] })
      console.log(`${days} days, ${strategy}, in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`)
      for (const [provider, report] of Object.entries(providers)) yield* rowsOf(provider, report)
      for (const example of overlooked) console.log(`  overlooked: ${example}`)
    }
  } finally {
    await bundle.remove()
  }
}

function* rowsOf(provider, report) {
  const { requests, served, servable, refused, refusedWithRoom, attempts, refusals, cooldowns, exhaustions, others } =
    report
  const withRoom = Object.entries(refusedWithRoom).flatMap(([why, count]) => (count > 0 ? [`${why} ${count}`] : []))
  const goodput = served / servable
  yield { name: `${provider}: requests`, value: requests, unit: '' }
  yield {
    name: '  served, of what could be served',
    value: goodput * 100,
    unit: goodput >= goodputGoal ? '%' : '% (goal: 98)',
  }
  yield { name: '  could not be served by anybody', value: requests - servable, unit: '' }
  yield { name: '  429 to the client', value: refused, unit: '' }
  yield { name: '  429 while a key had room', value: withRoom.join(', ') || 'none', unit: '' }
  yield { name: '  attempts a request', value: attempts / requests, unit: '' }
  yield { name: '  limits reached', value: exhaustions, unit: '' }
  yield { name: '  cooldowns a limit', value: cooldowns / exhaustions, unit: '' }
  yield { name: '  attempts in vain a limit', value: refusals / exhaustions, unit: '' }
  yield { name: '  other answers', value: JSON.stringify(others), unit: '' }
}
