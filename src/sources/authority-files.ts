// Reads the certificate authorities that the configuration names: PEM files, each with one certificate or more.
import { X509Certificate } from 'node:crypto'
import { messageOf } from '../errors.ts'
import { configuredPath, type Host } from '../host.ts'
import { type ReadFile, readWarily } from '../read-warily.ts'

/** A bundle of all public authorities has a quarter of that. */
const fileBytesMax = 1_048_576

export interface Authorities {
  /** All certificates of the files that can be used. */
  readonly pem: string
  /** `<file>: <what is wrong>` for each of the others. */
  readonly problems: readonly string[]
}

/** Never rejects but for a defect: a file that cannot be used is left out and told. */
export async function readAuthorities(
  host: Pick<Host, 'env' | 'paths'>,
  files: readonly string[],
): Promise<Authorities> {
  const problems: string[] = []
  const certificates: string[] = []
  for (const named of files) {
    const file = configuredPath(host, named)
    const read = await readWarily(file, fileBytesMax)
    const found = read.kind === 'file' ? certificatesIn(read.bytes.toString('latin1')) : whyUnread(read)
    if (typeof found === 'string') problems.push(`${file}: ${found}`)
    else certificates.push(...found)
  }
  return { pem: certificates.join('\n'), problems }
}

function whyUnread(read: Exclude<ReadFile, { kind: 'file' }>): string {
  switch (read.kind) {
    case 'missing':
      return 'there is no such file'
    case 'directory':
    case 'special':
      return 'it is no regular file'
    case 'too_large':
      return `it is longer than ${fileBytesMax} bytes`
    case 'growing':
      return 'it is being written'
    case 'failed':
      return `it cannot be read: ${read.error.message}`
  }
}

/** The certificates of a PEM file, or what is wrong with it. */
function certificatesIn(text: string): string[] | string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) return 'it holds no certificate (PEM)'
  for (const block of blocks) {
    try {
      void new X509Certificate(block)
    } catch (error) {
      return `a certificate in it cannot be read: ${messageOf(error)}`
    }
  }
  return [...blocks]
}
