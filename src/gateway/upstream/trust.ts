// Which certificates are believed: Node's own authorities, and those of further files that the settings name.
import * as tls from 'node:tls'
import type { Environment, Host } from '../../host.ts'
import { readAuthorities } from '../../sources/authority-files.ts'

/** A file is looked at again for a new connection, but not more often than that. */
const lookAgainMs = 60_000

export type TrustDeps = Pick<Host, 'env' | 'paths' | 'log' | 'now'>

export interface Trusted {
  /** Undefined for Node's own. */
  readonly context: tls.SecureContext | undefined
  /** What is wrong with the files, for the case that a certificate is not believed; null when nothing is. */
  readonly problem: string | null
}

export interface Trust {
  /** Never rejects: a file that cannot be read is left out, and the log says so once. */
  of(files: readonly string[]): Promise<Trusted>
}

interface Loaded extends Trusted {
  readonly key: string
  readonly pem: string
  readonly readAt: number
}

export function openTrust(deps: TrustDeps): Trust {
  let loaded: Loaded | null = null
  let loading: { readonly key: string; readonly done: Promise<Trusted> } | null = null

  async function load(key: string, files: readonly string[]): Promise<Trusted> {
    const { pem, problems } = await readAuthorities(deps, [...files, ...nodesOwnFile(deps.env)])
    const problem = problems.length === 0 ? null : problems.join('; ')
    if (problem !== null && (loaded?.key !== key || loaded.problem !== problem)) {
      deps.log.warn({ problem }, 'files of gateway.upstream.caFiles cannot be used')
    }
    // Making a context takes some milliseconds: it is kept while the files say the same.
    const context = loaded?.pem === pem ? loaded.context : contextWith(pem)
    loaded = { key, pem, context, problem, readAt: deps.now() }
    return loaded
  }

  return {
    of(files) {
      if (files.length === 0) return Promise.resolve({ context: undefined, problem: null })
      const key = files.join('\n')
      const ageMs = loaded === null ? -1 : deps.now() - loaded.readAt
      if (loaded?.key === key && ageMs >= 0 && ageMs < lookAgainMs) return Promise.resolve(loaded)
      if (loading?.key !== key) {
        const done = load(key, files).finally(() => (loading = null))
        loading = { key, done }
      }
      return loading.done
    },
  }
}

/** Newer versions of Node tell all that they believe by default; older ones do not tell what NODE_EXTRA_CA_CERTS added. */
const allDefaults = (tls as { readonly getCACertificates?: (kind: 'default') => string[] }).getCACertificates

function nodesOwnFile(env: Environment): string[] {
  const file = env['NODE_EXTRA_CA_CERTS']
  return allDefaults === undefined && file ? [file] : []
}

function contextWith(pem: string): tls.SecureContext {
  return tls.createSecureContext({ ca: [...(allDefaults?.('default') ?? tls.rootCertificates), pem] })
}
