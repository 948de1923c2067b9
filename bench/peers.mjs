// What the gateway is compared with, each as `{ name, start({ port, … }) }`: nothing in between, nginx, Portkey's gateway, and ours.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment, makeHome, startGateway } from './measure.mjs'
import { nginxPath, startNginx } from './nginx.mjs'
import { familyOf, freePort, startListening } from './processes.mjs'

const peersFolder = fileURLToPath(new URL('peers', import.meta.url))
const portkeyPath = join(peersFolder, 'node_modules/@portkey-ai/gateway/build/start-server.js')
const key = 'sk-bench-00000000000000000001'

/**
 * Each starts between the client and a provider on `upstream`, a port, and says what to ask: `{ port, path, headers, pids, stop }`.
 * One that cannot start throws a Skip with the reason.
 */
export const targets = {
  direct: startDirect,
  nginx: startReverseProxy,
  portkey: startPortkey,
  ours: startOurs,
}

/** Names as they are printed. */
export const titles = { direct: 'nothing between', nginx: 'nginx', portkey: 'Portkey', ours: 'ours' }

export class Skip extends Error {}

async function startDirect({ upstream }) {
  const headers = { authorization: `Bearer ${key}` }
  return { port: upstream, path: '/v1/chat/completions', headers, pids: [], stop: async () => undefined }
}

/** A reverse proxy that only puts the key in: connections kept, a request's body in memory, answers passed on as they come. */
async function startReverseProxy({ upstream, folder, cores, count }) {
  if (!nginxPath()) throw new Skip('it is not installed (Debian: nginx-light)')
  const httpOf = (
    port,
  ) => `upstream provider { server 127.0.0.1:${upstream}; keepalive 1024; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port} backlog=4096; client_max_body_size 50m; client_body_buffer_size 1m; location / {
    proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header connection ""; proxy_buffering off;
    proxy_set_header authorization "Bearer ${key}"; proxy_read_timeout 600s; } }`
  const { port, pid, stop } = await startNginx(folder, 'proxy', { workers: count, cores, httpOf })
  const headers = { authorization: 'Bearer of-the-client' }
  return { port, path: '/v1/chat/completions', headers, pids: await familyOf(pid), stop }
}

/** As its documentation has it for a server of one's own: the provider, its address and the key in headers. */
async function startPortkey({ upstream, folder, cores }) {
  installPortkey()
  const port = await freePort()
  const command = [process.execPath, portkeyPath, `--port=${port}`, '--headless']
  const env = cleanEnvironment(folder, { NODE_ENV: 'production' })
  const { pid, stop } = await startListening(command, port, { cores, env })
  const headers = {
    authorization: `Bearer ${key}`,
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${upstream}/v1`,
  }
  return { port, path: '/v1/chat/completions', headers, pids: [pid], stop }
}

/** On first use, from the registry that npm is set up for, without scripts of the packages. */
function installPortkey() {
  if (existsSync(portkeyPath)) return
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: peersFolder, stdio: 'pipe' })
  } catch (error) {
    throw new Skip(
      `npm cannot install it: ${String(error.stderr ?? error.message)
        .trim()
        .split('\n')
        .at(-1)}`,
    )
  }
}

/** Everything on: client token, two keys to choose from, metrics, the request log, the log file. */
async function startOurs({ upstream, cores }) {
  const place = await makeHome({ models: { providers: { openai: { baseUrl: `http://127.0.0.1:${upstream}` } } } })
  const keys = { OPENAI_API_KEY_1: key, OPENAI_API_KEY_2: 'sk-bench-00000000000000000002' }
  const gateway = await startGateway(place, keys, { cores })
  const { token } = await gateway.caller.call('clients.issue', { name: 'bench' })
  const { http, pid } = await gateway.caller.call('gateway.status', {})
  return {
    port: Number(new URL(http).port),
    path: '/openai/v1/chat/completions',
    headers: { authorization: `Bearer ${token}` },
    pids: await familyOf(pid),
    async stop() {
      await gateway.stop()
      await place.remove()
    },
  }
}
