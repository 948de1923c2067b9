// What the log of a running gateway says about a changed traseai.json.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'

let gateway: GatewayProcess
beforeAll(async () => void (gateway = await startGateway({})))
afterAll(() => gateway.stop())

it('names the settings that changed, and those that only a restart takes up', async () => {
  const configuration = { auth: { expiryWarning: '12h' }, gateway: { port: 1, drainMs: 5 } }
  writeFileSync(join(gateway.home, 'traseai.json'), JSON.stringify(configuration), { mode: 0o600 })
  await until(async () => (await gateway.logs()).includes('the configuration changed'))
  const line = (await gateway.logs()).split('\n').find((each) => each.includes('the configuration changed')) ?? ''
  expect(line).toMatch(/auth\.expiryWarning\W.*gateway\.port\W.*gateway\.drainMs\W/)
  expect(line).toMatch(/restartNeeded\W+gateway\.port\b(?!\.)/)
})
