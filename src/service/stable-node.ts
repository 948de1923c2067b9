// Which path of this Node a service is told: one that still leads to a Node after the next update, where there is one.
import { access, constants, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { errnoOf } from '../errors.ts'

interface VersionManager {
  readonly name: string
  /** The folder of one version, in a path of its Node. */
  readonly folder: RegExp
  /** Paths that the manager keeps leading to a Node; `prefix` is what comes before the match. */
  stable(prefix: string, match: RegExpExecArray): readonly string[]
}

const none = (): readonly string[] => []

/** Whoever moves Node at an update, and where to. A shim is no such path: systemd must start Node itself, not what starts it. */
const versionManagers: readonly VersionManager[] = [
  {
    name: 'Homebrew',
    folder: /\/Cellar\/(node(?:@\d+)?)\/[^/]+/,
    stable: (prefix, [, formula = '']) => [join(prefix, 'opt', formula, 'bin/node'), join(prefix, 'bin/node')],
  },
  {
    name: 'fnm',
    folder: /\/node-versions\/v[^/]+\/installation/,
    stable: (prefix) => [join(prefix, 'aliases/default/bin/node')],
  },
  { name: 'mise', folder: /\/mise\/installs\/node\/[^/]+/, stable: (prefix) => miseLinks(prefix) },
  { name: 'nvm', folder: /\/versions\/node\/v[^/]+/, stable: (prefix) => [join(prefix, 'current/bin/node')] },
  { name: 'Volta', folder: /\/tools\/image\/node\/[^/]+/, stable: none },
  { name: 'asdf', folder: /\/installs\/nodejs\/[^/]+/, stable: none },
  { name: 'nodenv', folder: /\/\.?nodenv\/versions\/[^/]+/, stable: none },
  { name: 'snap', folder: /^\/snap\/node\/\d+/, stable: () => ['/snap/node/current/bin/node'] },
  { name: 'Nix', folder: /^\/nix\/store\/[^/]+/, stable: () => ['/run/current-system/sw/bin/node'] },
]

export interface NodePath {
  readonly path: string
  /** Who may remove the Node at this path with an update; null for one that stays where it is. */
  readonly movedBy: string | null
}

/**
 * @param execPath of the Node that runs
 * @param program what the service runs with it: one that lies in the folder of that very version leaves with it, and works with no other
 */
export async function stableNode(execPath: string, program: string): Promise<NodePath> {
  const manager = versionManagerOf(execPath)
  if (manager === null) return { path: execPath, movedBy: null }
  const { name, folder, match } = manager
  if (program.startsWith(folder + sep)) return { path: execPath, movedBy: name }
  const prefix = execPath.slice(0, match.index)
  for (const path of manager.stable(prefix, match)) {
    if (await leadsTo(path, execPath)) return { path, movedBy: null }
  }
  return { path: execPath, movedBy: name }
}

interface Found extends VersionManager {
  readonly match: RegExpExecArray
}

function versionManagerOf(execPath: string): (Omit<Found, 'folder'> & { readonly folder: string }) | null {
  for (const manager of versionManagers) {
    const match = manager.folder.exec(execPath)
    if (match) return { ...manager, match, folder: execPath.slice(0, match.index + match[0].length) }
  }
  return null
}

function miseLinks(prefix: string): readonly string[] {
  return ['lts', 'latest'].map((name) => join(prefix, 'mise/installs/node', name, 'bin/node'))
}

async function leadsTo(path: string, target: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await realpath(path)) === (await realpath(target))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}
