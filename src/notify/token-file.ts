// The token of a channel, out of the file that the settings name.
import { configuredPath, type Host } from '../host.ts'
import { readWarily } from '../read-warily.ts'

const tokenBytesMax = 4_096

export type TokenFile = { readonly token: string } | { readonly problem: string }

/** The first line, without blanks around it. Reads each time: a token may be changed while the gateway runs. */
export async function readTokenFile(host: Pick<Host, 'env' | 'paths'>, file: string): Promise<TokenFile> {
  const read = await readWarily(configuredPath(host, file), tokenBytesMax)
  if (read.kind !== 'file') return { problem: `its tokenFile ${problems[read.kind]}` }
  const [line = ''] = read.bytes.toString('latin1').trim().split(/\r?\n/)
  read.bytes.fill(0)
  const token = line.trim()
  if (token === '') return { problem: 'its tokenFile is empty' }
  // What is no token of HTTP (RFC 6750 section 2.1) would be refused in the middle of a request.
  return /^[!-~]+$/.test(token)
    ? { token }
    : { problem: 'its tokenFile holds no token: blanks or other signs are in it' }
}

const problems = {
  missing: 'is not there',
  directory: 'is a directory',
  special: 'is no regular file',
  too_large: 'is too large to hold a token',
  growing: 'is being written',
  failed: 'cannot be read',
} as const
