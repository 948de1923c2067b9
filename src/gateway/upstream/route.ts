// The way to a provider's origin: straight, or through an HTTP proxy that the settings or the environment name.
import { BlockList, isIP } from 'node:net'
import type { Environment } from '../../host.ts'
import { UpstreamError } from './failures.ts'

export interface Endpoint {
  /** A name, or an IP address without brackets. */
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
}

export interface Proxy extends Endpoint {
  /** Of `Proxy-Authorization`; null without a name and password in its address. */
  readonly authorization: string | null
}

export interface Route {
  readonly target: Endpoint
  /** As the Host header has it. */
  readonly authority: string
  readonly proxy: Proxy | null
}

/**
 * @param origin `https://api.example.com`
 * @param setting `gateway.upstream.proxy`: for every provider, also on this machine; only NO_PROXY makes exceptions
 * @throws UpstreamError `UPSTREAM_PROXY_UNUSABLE` for a proxy that speaks no HTTP, such as `socks5:`
 */
export function routeTo(origin: string, setting: string | null, env: Environment): Route {
  const url = new URL(origin)
  const target = endpointOf(url)
  const proxy = isExcepted(target, env) ? null : (setting ?? environmentProxy(target, env))
  return { target, authority: url.host, proxy: proxy === null ? null : parseProxy(proxy) }
}

function endpointOf({ protocol, hostname, port }: URL): Endpoint {
  const isSecure = protocol === 'https:'
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (isSecure ? 443 : 80), isSecure }
}

function parseProxy(address: string): Proxy {
  const text = address.includes('://') ? address : `http://${address}` // as curl reads it
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const what = url === null ? 'is no address' : `begins with ${url.protocol}//`
    throw new UpstreamError('UPSTREAM_PROXY_UNUSABLE', `the proxy ${what}; set gateway.upstream.proxy or NO_PROXY`)
  }
  const { username, password } = url
  const pair = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')
  return { ...endpointOf(url), authorization: username === '' && password === '' ? null : `Basic ${pair}` }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return part // a percent sign that stands for itself
    throw error
  }
}

/** Names as curl reads them (https://curl.se/docs/manpage.html#ENVIRONMENT), lower case first; this machine is never reached through one of them. */
function environmentProxy({ host, isSecure }: Endpoint, env: Environment): string | null {
  if (isLoopback(host)) return null
  const names = isSecure ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  for (const name of [...names, 'all_proxy', 'ALL_PROXY']) {
    const value = env[name]
    if (value !== undefined) return value.trim() === '' ? null : value.trim()
  }
  return null
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host)
}

/** NO_PROXY: names with all that is below them, addresses, networks (`10.0.0.0/8`), each with a port if it is for that alone, or `*`. */
function isExcepted({ host, port }: Endpoint, env: Environment): boolean {
  const list = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
  return list.some((entry) => {
    if (entry === '*') return true
    const [, name = entry, ofPort] = /^(\[.*\]|[^:]*):(\d{1,5})$/.exec(entry) ?? []
    if (ofPort !== undefined && Number(ofPort) !== port) return false
    return covers(name.replace(/^\[|\]$/g, '').toLowerCase(), host.toLowerCase())
  })
}

function covers(name: string, host: string): boolean {
  if (isIP(host) !== 0) return coversAddress(name, host)
  const suffix = name.replace(/^\*?\./, '').replace(/\.$/, '')
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`))
}

function coversAddress(name: string, host: string): boolean {
  const [network = '', prefix] = name.split('/')
  const family = isIP(network)
  if (family === 0) return false
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix)
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false
  const addresses = new BlockList()
  addresses.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6')
  return addresses.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}
