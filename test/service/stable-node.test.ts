// The path of Node that a service is told, with the folders that version managers make.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { stableNode } from '../../src/service/stable-node.ts'

/** A machine with a Node at that path. */
function machineWith(node: string): {
  readonly node: string
  at(path: string): string
  link(from: string, to: string): string
} {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'traseai-nodes-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const at = (path: string): string => join(root, path)
  mkdirSync(dirname(at(node)), { recursive: true })
  writeFileSync(at(node), '')
  chmodSync(at(node), 0o755)
  return {
    node: at(node),
    at,
    link(from, to) {
      mkdirSync(dirname(at(from)), { recursive: true })
      symlinkSync(at(to), at(from))
      return at(from)
    },
  }
}

describe('the Node of a service', () => {
  it('is the one that runs, where no version manager moves it', async () => {
    const { node, at } = machineWith('usr/bin/node')
    expect(await stableNode(node, at('opt/traseai/bin/traseai.js'))).toEqual({ path: node, movedBy: null })
  })

  it.each([
    ['Homebrew', 'brew/Cellar/node/24.1.0/bin/node', 'brew/opt/node', 'brew/Cellar/node/24.1.0', '/bin/node'],
    [
      'fnm',
      'fnm/node-versions/v20.1.0/installation/bin/node',
      'fnm/aliases/default',
      'fnm/node-versions/v20.1.0/installation',
      '/bin/node',
    ],
    [
      'mise',
      's/mise/installs/node/20.1.0/bin/node',
      's/mise/installs/node/lts',
      's/mise/installs/node/20.1.0',
      '/bin/node',
    ],
  ])('is found by the path that %s keeps', async (_, node, link, target, rest) => {
    const machine = machineWith(node)
    const stable = machine.link(link, target) + rest
    expect(await stableNode(machine.node, machine.at('lib/traseai.js'))).toEqual({ path: stable, movedBy: null })
  })

  it('is not the one that a kept path leads to when that is another', async () => {
    const machine = machineWith('fnm/node-versions/v20.1.0/installation/bin/node')
    machine.link('fnm/aliases/default', 'fnm/node-versions/v24.0.0/installation')
    expect(await stableNode(machine.node, '/opt/traseai.js')).toEqual({ path: machine.node, movedBy: 'fnm' })
  })

  it('stays with a program that is installed for that very Node, as it is built for it', async () => {
    const version = 'fnm/node-versions/v20.1.0/installation'
    const machine = machineWith(`${version}/bin/node`)
    machine.link('fnm/aliases/default', version)
    const program = machine.at(`${version}/lib/node_modules/traseai/bin/traseai.js`)
    expect(await stableNode(machine.node, program)).toEqual({ path: machine.node, movedBy: 'fnm' })
  })

  it.each([
    ['nvm', '.nvm/versions/node/v20.1.0/bin/node'],
    ['Volta', '.volta/tools/image/node/20.1.0/bin/node'],
    ['asdf', '.asdf/installs/nodejs/20.1.0/bin/node'],
  ])('of %s is named as one that may go', async (movedBy, node) => {
    const machine = machineWith(node)
    expect(await stableNode(machine.node, '/opt/traseai.js')).toEqual({ path: machine.node, movedBy })
  })
})
