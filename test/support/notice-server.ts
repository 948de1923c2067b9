// A server that takes notices, as ntfy or a webhook's does, and can be made to fail or to go away.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TakenNotice {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface NoticeServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Those that were answered with 200. */
  readonly taken: TakenNotice[]
  /** All attempts, in whatever way they were answered. */
  readonly attempts: TakenNotice[]
  /** The status of further answers. */
  answerWith(status: number, headers?: Readonly<Record<string, string>>): void
  /** Nobody listens at its port any more. */
  goAway(): Promise<void>
  /** Listens at the same port again. */
  comeBack(): Promise<void>
  close(): Promise<void>
}

export async function openNoticeServer(): Promise<NoticeServer> {
  const taken: TakenNotice[] = []
  const attempts: TakenNotice[] = []
  let status = 200
  let extra: Readonly<Record<string, string>> = {}
  const make = (): Server =>
    createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const notice = {
          path: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }
        attempts.push(notice)
        if (status === 200) taken.push(notice)
        response.writeHead(status, { 'content-type': 'application/json', ...extra })
        response.end('{}')
      })
    })
  let server = make()
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    attempts,
    answerWith(next, headers = {}) {
      status = next
      extra = headers
    },
    goAway: end,
    async comeBack() {
      server = make()
      await listen(port)
    },
    close: end,
  }
}
