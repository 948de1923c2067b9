// The real Claude Code in a network of its own, in which its sign-in service is a program of ours. Nothing outside is reached.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const version = readFileSync(new URL('../../.ci/claude-code-version', import.meta.url), 'utf8').trim()
const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
/** Where .ci/claude-code.sh puts it. */
export const claudeFolder = join(cache, 'traseai-ci', `claude-code-${version}`)
const claude = join(claudeFolder, 'node_modules', '.bin', 'claude')
const service = fileURLToPath(new URL('../login/programs/sign-in-service.mjs', import.meta.url))
/** Whatever the program asks. */
const hosts = ['platform.claude.com', 'api.anthropic.com', 'claude.ai', 'claude.com', 'console.anthropic.com']

export const claudeLabNeeds = `root, unshare, nsenter, ip, openssl, and Claude Code ${version}: bash .ci/claude-code.sh`

export function hasClaudeLab(): boolean {
  const programs = ['nsenter', 'ip', 'openssl'].every((program) => spawnSync('which', [program]).status === 0)
  const namespaces = ['--net', '--mount', 'true']
  return process.getuid?.() === 0 && programs && existsSync(claude) && spawnSync('unshare', namespaces).status === 0
}

export interface ClaudeLab {
  /** For the gateway: `claude` is on its PATH, and believes the service. */
  readonly env: Readonly<Record<string, string>>
  /** `command` as run in the network of the lab. */
  wrap(command: readonly string[]): readonly string[]
  /** Ids of the processes of Claude Code that run. */
  processes(): readonly string[]
  close(): void
}

/** Resolves when the service answers. */
export async function openClaudeLab(): Promise<ClaudeLab> {
  const folder = mkdtempSync(join(tmpdir(), 'traseai-lab-'))
  makeCertificate(folder)
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 localhost ${hosts.join(' ')}\n`)
  const inside = 'ip link set lo up && mount --bind "$1/hosts" /etc/hosts && exec "$2" "$3" "$1"'
  const command = ['sh', '-c', inside, 'lab', folder, process.execPath, service]
  const server = spawn('unshare', ['--net', '--mount', ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  const killAtExit = (): void => void server.kill('SIGKILL')
  process.once('exit', killAtExit)
  await new Promise<void>((resolve, reject) => {
    server.stdout.once('data', () => resolve())
    server.once('exit', (code) => reject(new Error(`the sign-in service ended with ${code}`)))
  })
  return {
    env: {
      PATH: `${dirname(claude)}:${process.env['PATH'] ?? ''}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem'),
    },
    wrap: (wrapped) => ['nsenter', '--target', String(server.pid), '--net', '--mount', '--', ...wrapped],
    processes: () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isClaude(pid, String(server.pid))),
    close() {
      process.off('exit', killAtExit)
      server.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Its own authority: the program is told to trust it. */
function makeCertificate(folder: string): void {
  const names = hosts.map((host) => `DNS:${host}`).join(',')
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=sign-in service of a test', '-addext', `subjectAltName=${names}`]
  const out = ['-days', '2', '-out', join(folder, 'certificate.pem')]
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...out], { stdio: 'pipe' })
}

/** One in the network of the lab: other runs have labs of their own. */
function isClaude(pid: string, serverPid: string): boolean {
  const network = (id: string): string => readlinkSync(`/proc/${id}/ns/net`)
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`${claude}\0`) && network(pid) === network(serverPid)
  } catch {
    return false // it has just ended
  }
}
