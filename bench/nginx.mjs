// nginx as anybody can run it: in the foreground, everything in one folder. It is the provider of the benches and one of the peers.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startListening } from './processes.mjs'

const places = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx', '/opt/homebrew/bin/nginx']

export const nginxPath = () => places.find((path) => existsSync(path))

/** Starts one with the `http` block that `httpOf(port)` writes. Call it only where there is an `nginxPath()`. */
export async function startNginx(folder, name, { workers, cores, httpOf }) {
  const port = await freePort()
  const at = (end) => join(folder, `${name}-${port}.${end}`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${at(kind)};`)
  const configuration = `daemon off; worker_processes ${workers}; pid ${at('pid')}; error_log ${at('log')};
events { worker_connections 16384; }
http { access_log off; keepalive_requests 100000000; ${temporary.join(' ')}
  ${httpOf(port)} }
`
  await writeFile(at('conf'), configuration)
  const command = [nginxPath(), '-e', at('log'), '-p', folder, '-c', at('conf')]
  return { port, ...(await startListening(command, port, { cores })) }
}
