// A home with channels, and gateways on it, for tests of who is told what.
import { rm } from 'node:fs/promises'
import { freshHome, type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { type NoticeServer, openNoticeServer } from '../support/notice-server.ts'

/** Not the topic of anybody. */
export const topic = '/traseai-test-topic'
export const hourMs = 3_600_000

export interface TellingHome {
  /** A home whose traseai.json has these channels. */
  homeWith(...notify: readonly object[]): Promise<string>
  serverOfNotices(): Promise<NoticeServer>
  gatewayOn(home: string): Promise<GatewayProcess>
  /** For `afterEach`: ends everything, the newest first. */
  close(): Promise<void>
}

export function openTellingHome(): TellingHome {
  const closers: (() => Promise<unknown>)[] = []
  return {
    async homeWith(...notify) {
      const home = await freshHome({ notify })
      closers.push(() => rm(home, { recursive: true, force: true }))
      return home
    },
    async serverOfNotices() {
      const server = await openNoticeServer()
      closers.push(() => server.close())
      return server
    },
    async gatewayOn(home) {
      const gateway = await startGateway({ home })
      closers.push(() => gateway.stop())
      return gateway
    },
    async close() {
      for (const close of closers.splice(0).reverse()) await close()
    },
  }
}

export async function storeToken(gateway: GatewayProcess, name: string, expiresInMs: number): Promise<void> {
  await gateway.client.call('credentials.add', {
    profileId: `anthropic:${name}`,
    provider: 'anthropic',
    kind: 'token',
    secret: `sk-ant-oat01-test-${name.padEnd(90, 'x')}`,
    expiresAt: new Date(Date.now() + expiresInMs).toISOString(),
  })
}

/** How often the history says that somebody was told. */
export async function noticesSent(gateway: GatewayProcess): Promise<number> {
  return (await gateway.client.call('audit.log', { type: 'NoticeSent' })).events.length
}
