// Values in unit files: what systemd is to read back is what was meant. test/service/systemd-life.test.ts asks systemd itself.
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignment, execArgument, execProgram, listenAddress, listenPath } from '../../src/service/systemd/quoting.ts'
import { unitFiles } from '../../src/service/systemd/fill-units.ts'
import { readUnitText } from '../../src/service/systemd/read-unit.ts'
import { projectRoot } from '../support/gateway-process.ts'

describe('a path in a unit', () => {
  it('stays as it is when it is a usual one', () => {
    expect(execProgram('/usr/bin/node')).toBe('/usr/bin/node')
    expect(execArgument('/opt/traseai/bin/traseai.js')).toBe('/opt/traseai/bin/traseai.js')
  })

  it('is quoted by the rules of its place', () => {
    const odd = '/a b/50%/$HOME/"q"\\'
    expect(execProgram('/a b/50%/$HOME/node')).toBe('"/a b/50%%/$HOME/node"')
    expect(execArgument(odd)).toBe('"/a b/50%%/$$HOME/\\"q\\"\\\\"')
    expect(assignment('TRASEAI_HOME', odd)).toBe('"TRASEAI_HOME=/a b/50%%/$HOME/\\"q\\"\\\\"')
    expect(listenPath('/a b/50%/$HOME/s')).toBe('/a b/50%%/$HOME/s')
  })

  it('with a line break is refused, and so is one that systemd would cut', () => {
    for (const write of [execProgram, execArgument, listenPath]) expect(() => write('/a\nUser=root')).toThrow('control')
    for (const path of ['/a"b', "/it's", '/a\\b']) expect(() => execProgram(path)).toThrow('a quote or a backslash')
    for (const path of ['/a ', '/a\\']) expect(() => listenPath(path)).toThrow('blank or a backslash')
  })
})

describe('what is held for the gateway', () => {
  it.each([
    ['127.0.0.1', 7717, '127.0.0.1:7717'],
    ['::1', 7717, '[::1]:7717'],
    ['localhost', 80, '127.0.0.1:80'],
    ['127.0.0.1', 0, null],
    ['myhost.lan', 7717, null],
  ])('of %s and %i is %s', (host, port, address) => {
    expect(listenAddress({ host, port })).toBe(address)
  })
})

const pathPart = fc.stringMatching(/^[ -~äß€]{1,20}$/).filter((part) => !part.includes('/') && part.trim() === part)
const path = fc
  .array(pathPart, { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`)
  .filter((text) => !text.endsWith('\\'))

/** systemd takes no others as a program. */
const programPath = path.filter((text) => !/["'\\]/.test(text))

describe('a unit that was filled', () => {
  it('says again what it was filled with, whatever the paths are', async () => {
    await fc.assert(
      fc.asyncProperty(programPath, path, path, async (node, program, home) => {
        const plan = { scope: 'system', node, program, home, socket: join(home, 's'), http: '127.0.0.1:7717' } as const
        const files = await unitFiles(projectRoot, { ...plan, runAs: 'alice', monitor: true })
        const [socket, service] = files.map(({ text }) => readUnitText(text))
        expect(service?.command.slice(0, 2)).toEqual([node, program])
        expect(service?.variables.get('TRASEAI_HOME')).toBe(home)
        expect(service?.variables.get('TRASEAI_SOCKET')).toBe(plan.socket)
        expect(service?.user).toBe('alice')
        expect(socket?.listens).toEqual([plan.socket, plan.http])
        expect(
          files.some(({ text }) =>
            /\{\{/.test(text.replaceAll(/^(ExecStart|ExecReload|Environment|ListenStream)=.*$/gm, '')),
          ),
        ).toBe(false)
      }),
      { numRuns: 50 },
    )
  })

  it('has no line for what there is not', async () => {
    const plan = { node: '/n', program: '/p', home: '/h', socket: '/h/control.sock', http: null, runAs: null } as const
    const [socket] = await unitFiles(projectRoot, { ...plan, scope: 'system', monitor: false })
    expect(socket?.text).not.toMatch(/SocketUser|127\.0\.0\.1|null/)
    const [, service] = await unitFiles(projectRoot, { ...plan, scope: 'system', monitor: false })
    expect(service?.text).toContain('DynamicUser=yes\nUser=traseai\n')
    expect(service?.text).not.toContain('TRASEAI_SOCKET')
  })
})

describe('a unit that somebody wrote', () => {
  it.each([
    ['Environment=A=1 B=2\nEnvironment="C=with blanks" D=4', ['A', 'B', 'C', 'D']],
    ['EnvironmentFile=/etc/keys\n#Environment=E=1', []],
    ['Environment=A=1 \\\n  B=2', ['A', 'B']],
  ])('sets the variables it says: %j', (text, names) => {
    expect([...readUnitText(text).variables.keys()]).toEqual(names)
  })

  it('is read with its comments, continued lines and quotes', () => {
    const text = `[Service]\n# ExecStart=/no\nExecStart=-'/opt/my node' \\\n# in between\n  /p gateway run\nEnvironment=A=1 "B=2 3" C=50%%\nEnvironment=A=4\n`
    const unit = readUnitText(text)
    expect(unit.command).toEqual(['/opt/my node', '/p', 'gateway', 'run'])
    expect([...unit.variables]).toEqual([
      ['A', '4'],
      ['B', '2 3'],
      ['C', '50%'],
    ])
  })
})
