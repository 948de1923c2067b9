// What is true as soon as a gateway answers for the first time.
import { expect, test } from 'vitest'
import { startGateway } from '../support/gateway-process.ts'

test('whoever gets an answer finds the start in the history, and HTTP ready', async () => {
  for (let i = 0; i < 5; i++) {
    const gateway = await startGateway()
    const { events } = await gateway.client.call('audit.log', {})
    expect(events.map(({ type }) => type)).toEqual(['GatewayStarted'])
    expect((await fetch(`${gateway.httpUrl}/readyz`)).status).toBe(200)
    await gateway.stop()
  }
})
