// Throw-away certificates: an authority of the test's own, and servers that it vouches for.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Authority {
  /** Its certificate, PEM. */
  readonly file: string
  readonly folder: string
  /** Key and certificate of a server with this name, or address. */
  issue(subject: string): { readonly key: string; readonly cert: string }
  remove(): void
}

const openssl = (folder: string, ...args: readonly string[]): void =>
  void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const

export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'traseai-authority-'))
  openssl(
    folder,
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  )
  return {
    file: join(folder, 'ca.pem'),
    folder,
    issue(subject) {
      const kind = /^[\d.]+$/.test(subject) ? 'IP' : 'DNS'
      writeFileSync(join(folder, 'san.cnf'), `subjectAltName=${kind}:${subject}\n`)
      openssl(folder, 'req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', `/CN=${subject}`)
      openssl(
        folder,
        'x509',
        '-req',
        '-in',
        'server.csr',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        'san.cnf',
        '-out',
        'server.pem',
      )
      return {
        key: readFileSync(join(folder, 'server.key'), 'utf8'),
        cert: readFileSync(join(folder, 'server.pem'), 'utf8'),
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
