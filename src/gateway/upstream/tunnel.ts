// Asks an HTTP proxy for a tunnel to an origin, RFC 9110 section 9.3.6.
import type { Socket } from 'node:net'
import { messageOf } from '../../errors.ts'
import { UpstreamError } from './failures.ts'
import { expectAnswer, openResponseParser, readAnswer } from './response-parser.ts'
import type { Proxy, Route } from './route.ts'

/**
 * Resolves when what is written on the socket goes to the origin; the socket is then paused.
 * Rejects with UpstreamError `UPSTREAM_PROXY_REFUSED`, or the error of the socket.
 */
export function openTunnel(socket: Socket, { authority, target }: Route, proxy: Proxy): Promise<void> {
  const address = /:\d+$/.test(authority) ? authority : `${authority}:${target.port}`
  const credentials = proxy.authorization === null ? '' : `proxy-authorization: ${proxy.authorization}\r\n`
  return new Promise((resolve, reject) => {
    let status = 0
    const parser = openResponseParser({
      onHead: (head) => void (status = head.status),
      onBody: () => undefined,
      onEnd: () => undefined,
    })
    function finish(error: Error | null): void {
      socket.off('data', onData)
      socket.off('end', onEnd)
      socket.off('close', onEnd)
      socket.off('error', finish)
      socket.pause()
      if (error === null) resolve()
      else reject(error)
    }
    const refused = (why: string): UpstreamError =>
      new UpstreamError('UPSTREAM_PROXY_REFUSED', `the proxy ${proxy.host}:${proxy.port} ${why}`)
    const onEnd = (): void => finish(refused('closed the connection'))
    const onData = (bytes: Buffer): void => {
      try {
        readAnswer(parser, bytes)
      } catch (error) {
        return finish(refused(`answered no HTTP: ${messageOf(error)}`))
      }
      if (status === 0) return
      if (status >= 300) finish(refused(`answered ${status}`))
      else finish(parser.hasSurplus ? refused('spoke before the tunnel was used') : null)
    }
    expectAnswer(parser, 'CONNECT')
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('close', onEnd)
    socket.on('error', finish)
    socket.write(`CONNECT ${address} HTTP/1.1\r\nhost: ${address}\r\n${credentials}\r\n`, 'latin1')
  })
}
