// What to write to traseai.json when something else has the port of the gateway: one nearby that is free now.
import { createServer } from 'node:net'

/** Programs take neighbouring ports; where so many are taken, any free one will do. */
const triesMax = 10
const portMax = 65_535

/** `gateway.port in <file>, such as { "gateway": { "port": 7718 } }`: completes "set …". */
export async function otherPortSetting(host: string, port: number, settingsFile: string): Promise<string> {
  const free = await freePortAfter(host, port)
  return `gateway.port in ${settingsFile}, such as { "gateway": { "port": ${free} } }`
}

/** 0, which is any free one, when none is found nearby. */
async function freePortAfter(host: string, port: number): Promise<number> {
  for (let other = port + 1; other <= Math.min(port + triesMax, portMax); other += 1) {
    if ((await failureToListen(host, other)) === null) return other
  }
  return 0
}

/** Listens there for a moment; null when that can be done. */
export function failureToListen(host: string, port: number): Promise<Error | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
