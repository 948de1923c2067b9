// Signals that are no way to stop the gateway.
import { expect, it } from 'vitest'
import { startGateway } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'

it('opens no debugger on SIGUSR1', async () => {
  const gateway = await startGateway()
  process.kill(gateway.pid, 'SIGUSR1')
  await until(async () => /SIGUSR1|Debugger/.test(await gateway.logs()))
  expect(await gateway.logs()).not.toContain('Debugger')
  await expect(gateway.client.call('gateway.status', {})).resolves.toMatchObject({ pid: gateway.pid })
  await gateway.stop()
})
