// References: what is one, and what comes back from a variable, a file or a program, however it misbehaves.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { TraseError } from '../../src/errors.ts'
import { type Host, realHost } from '../../src/host.ts'
import { openReferences, parseReference, type References } from '../../src/vault/references.ts'
import { splitCommand } from '../../src/vault/reference-words.ts'
import { until } from '../support/until.ts'

const key = 'sk-ant-test-0123456789abcdef0001'

let folder: string
let references: References
let host: Host

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'traseai-references-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => {
  host = realHost({
    env: { PATH: process.env['PATH'], HOME: folder, GATEWAY_KEY: key, OTHER_SECRET: 'not yours' },
  })
  references = openReferences(host)
})
afterEach(() => references.close())

async function found(reference: string): Promise<string> {
  const secret = await references.resolve(parseReference(reference))
  try {
    return secret.reveal()
  } finally {
    secret.drop()
  }
}

async function refusal(reference: string): Promise<string> {
  try {
    await found(reference)
  } catch (error) {
    if (!(error instanceof TraseError)) throw error
    expect(error.code).toBe('reference_failed')
    return error.message
  }
  throw new Error(`${reference} led to a secret`)
}

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function script(name: string, ...lines: readonly string[]): string {
  const path = file(name, ['#!/bin/sh', ...lines, ''].join('\n'))
  chmodSync(path, 0o755)
  return path
}

describe('a reference', () => {
  it('is a variable, a file or a program by its absolute path', () => {
    expect(parseReference('env:ANTHROPIC_KEY')).toMatchObject({ kind: 'env', name: 'ANTHROPIC_KEY' })
    expect(parseReference('file:/run/secrets/my key')).toMatchObject({ kind: 'file', path: '/run/secrets/my key' })
    expect(parseReference(`exec:/usr/bin/op read "op://Private/my key/credential"`)).toMatchObject({
      program: '/usr/bin/op',
      args: ['read', 'op://Private/my key/credential'],
    })
  })

  it.each([
    ['ANTHROPIC_KEY', 'is no reference'],
    ['vault:/x', 'is no reference'],
    ['env:', 'names no variable'],
    ['env:A B', 'names no variable'],
    ['file:secrets/key', 'names no absolute path'],
    ['file:~/key', 'names no absolute path'],
    ['exec:pass show anthropic', 'names no program by its absolute path'],
    ['exec:', 'names no program by its absolute path'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => parseReference(text)).toThrow(`${JSON.stringify(text)} ${why}`)
  })

  it.each(['file:/a\nb', `file:/${'a'.repeat(2_000)}`])('of more than a line is refused', (text) => {
    expect(() => parseReference(text)).toThrow('a reference is one line')
  })

  it.each([
    `exec:/bin/echo ${key}`,
    'exec:/bin/echo AKq83kdMskPqm39dnsKwq0f93kdnsQpa01',
    'env:sk_live_0123456789abcdef',
    'gsk_0123456789abcdef0123456789abcdef',
  ])('with what could be a key in it is refused, and not shown', (text) => {
    const refused = (): unknown => parseReference(text)
    expect(refused).toThrow('the reference has something in it that could be a key')
  })

  it.each([
    'exec:/usr/bin/rbw get 0f8fad5b-d9cb-469f-a165-70867728950e',
    'exec:/usr/bin/op read op://vlt4k2q7cvrk5mzq3f6tdxgnhe/anthropic/credential',
    'file:/run/credentials/traseai-gateway.service/anthropic-production-key',
  ])('that names an entry of a password manager is none: %s', (text) => {
    expect(parseReference(text).text).toBe(text)
  })
})

describe('the words of a command', () => {
  it.each<[string, readonly string[]]>([
    ['/bin/a b  c', ['/bin/a', 'b', 'c']],
    [`/bin/a "b c" 'd "e"'`, ['/bin/a', 'b c', 'd "e"']],
    ['/bin/a "" x', ['/bin/a', '', 'x']],
    ['/bin/a --name="my key"', ['/bin/a', '--name=my key']],
    [String.raw`/bin/a b\ c $HOME *`, ['/bin/a', 'b\\', 'c', '$HOME', '*']],
  ])('%s', (text, words) => {
    expect(splitCommand(text)).toEqual(words)
  })

  it.each(['/bin/a "b', "/bin/a it's"])('with an open quote are refused: %s', (text) => {
    expect(() => splitCommand(text)).toThrow('a quote in the reference is not closed')
  })

  test('come back as they were quoted', () => {
    const word = fc.string().filter((text) => !text.includes('"'))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        expect(splitCommand(words.map((each) => `"${each}"`).join(' '))).toEqual(words)
      }),
    )
  })
})

describe('a variable', () => {
  it("is taken from the gateway's own environment", async () => {
    expect(await found('env:GATEWAY_KEY')).toBe(key)
    expect(await refusal('env:NOT_THERE')).toBe("env:NOT_THERE is not set in the gateway's environment")
  })
})

describe('a file', () => {
  it('gives its one line, without the newline at its end', async () => {
    for (const end of ['', '\n', '\r\n']) expect(await found(`file:${file('key', key + end)}`)).toBe(key)
  })

  it.each([
    ['nothing', ' \n', 'gave a value that is empty'],
    ['two lines', `${key}\nuser: me\n`, 'gave a value that has more than one line'],
    ['blanks around it', `${key} \n`, 'gave a value that has white space around it'],
    ['more than a key', `${key} # mine\n`, 'gave a value that has white space in it'],
    ['a line of a .env', `ANTHROPIC_API_KEY=${key}\n`, 'gave a value that is a line of the form NAME=key'],
    ['a curly quote', `“${key}”`, 'gave a value that has characters that no key has'],
    [
      'a token of this gateway',
      'trase_0123456789abcdef0123456789abcdef',
      'gave a value that is a token of this gateway',
    ],
    ['too much', 'x'.repeat(65_537), 'is longer than 65536 bytes'],
  ])('with %s is refused', async (_what, content, why) => {
    const path = file('unfit', content)
    const message = await refusal(`file:${path}`)
    expect(message).toContain(`file:${path} ${why}`)
    expect(message).not.toContain('sk-ant')
  })

  it('that is a pipe, a device, a directory or a socket is refused at once', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const socket = join(folder, 'socket')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(socket, resolve))
    mkdirSync(join(folder, 'directory'))
    for (const path of [pipe, '/dev/zero', join(folder, 'directory')]) {
      expect(await refusal(`file:${path}`)).toBe(`file:${path} is not a regular file`)
    }
    expect(await refusal(`file:${socket}`)).toContain('not a regular file')
    server.close()
  })

  it('that is not there, or leads to itself, is refused in words', async () => {
    const loop = join(folder, 'loop')
    symlinkSync(loop, loop)
    expect(await refusal('file:/nowhere/key')).toBe('file:/nowhere/key cannot be read: no such file')
    expect(await refusal(`file:${loop}`)).toContain('cannot be read: a symbolic link to itself')
  })
})

describe('a program', () => {
  it('runs four at a time, lets 32 more wait, and turns away the rest', async () => {
    const [marks, go] = [join(folder, 'marks'), join(folder, 'go')]
    const path = script(
      'patient',
      `echo b >>${marks}; until test -e ${go}; do sleep 0.01; done; echo e >>${marks}; echo ${key}`,
    )
    const running = Array.from({ length: 36 }, () => found(`exec:${path}`))
    await expect(found(`exec:${path}`)).rejects.toMatchObject({ code: 'busy' })
    const marked = (): string[] => (existsSync(marks) ? readFileSync(marks, 'utf8').trim().split('\n') : [])
    await until(() => marked().length === 4)
    writeFileSync(go, '')
    expect(new Set(await Promise.all(running))).toEqual(new Set([key]))
    let [now, most] = [0, 0]
    for (const mark of marked()) {
      now += mark === 'b' ? 1 : -1
      most = Math.max(most, now)
    }
    expect({ now, most, programs: marked().length / 2 }).toEqual({ now: 0, most: 4, programs: 36 })
  })

  it('gives what it prints', async () => {
    expect(await found(`exec:${script('give', `echo "$#:$1" | tr ' ' _`)} "sk ant"`)).toBe('1:sk_ant')
  })

  it('gets little of the environment, no input, and no shell', async () => {
    const path = script('look', 'cat', 'env | cut -d= -f1 | sort | tr "\\n" ,', 'printf "%s" "$#:$1"')
    expect(await found(`exec:${path} $HOME`)).toMatch(/^HOME,(OLDPWD,)?PATH,PWD,(SHLVL,)?(_,)?1:\$HOME$/)
  })

  it('that fails is told with its status and the first line of its complaint, without keys', async () => {
    const path = script('fail', `printf '\\n  gpg: bad\\033[31m key ${key}\\nmore\\n' >&2`, 'exit 3')
    expect(await refusal(`exec:${path}`)).toBe(`exec:${path} ended with status 3: gpg: bad [31m key sk-…`)
    const talkative = script('talkative', 'echo "wrong password tOpSe45cret99 in slot 2 of token-store" >&2; exit 1')
    expect(await refusal(`exec:${talkative}`)).toBe(
      `exec:${talkative} ended with status 1: wrong password … in slot 2 of token-store`,
    )
    expect(await refusal(`exec:${script('silent', 'kill -TERM $$')}`)).toMatch(/silent ended with SIGTERM$/)
  })

  it('that is not there, or is none, is told in words', async () => {
    expect(await refusal('exec:/nowhere/pass')).toBe('exec:/nowhere/pass could not be started: no such program')
    const plain = file('plain', 'not a program')
    expect(await refusal(`exec:${plain}`)).toBe(`exec:${plain} could not be started: it may not be run`)
    expect(await refusal(`exec:${plain}/inside`)).toContain('could not be started: no such program')
  })

  it('that prints without end is ended', async () => {
    const path = script('endless', 'yes')
    expect(await refusal(`exec:${path}`)).toBe(`exec:${path} printed more than 65536 bytes`)
  })

  it('leaves nothing running that it started', async () => {
    const mark = join(folder, 'child-pid')
    const path = script('leave', `sleep 1000 & echo $! > ${mark}`, `echo ${key}`)
    expect(await found(`exec:${path}`)).toBe(key)
    const pid = Number(execFileSync('cat', [mark], { encoding: 'utf8' }))
    await until(() => !host.processExists(pid))
  })

  it('that hangs is ended after 10 s, and when the gateway stops', async () => {
    const mark = join(folder, 'hanging-pid')
    const path = script('hang', `echo $$ > ${mark}`, 'sleep 1000')
    const timers: { readonly delayMs: number; readonly callback: () => void }[] = []
    const impatient: Host = {
      ...host,
      setTimer: (delayMs, callback) => {
        timers.push({ delayMs, callback })
        return { cancel() {} }
      },
    }
    const slow = openReferences(impatient)
    const late = slow.resolve(parseReference(`exec:${path}`))
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([10_000])
    timers[0]?.callback()
    await expect(late).rejects.toMatchObject({ message: `exec:${path} did not finish within 10 s` })

    rmSync(mark, { force: true })
    const stopped = slow.resolve(parseReference(`exec:${path}`))
    await until(() => execFileSync('sh', ['-c', `cat ${mark} 2>/dev/null || true`], { encoding: 'utf8' }) !== '')
    slow.close()
    await expect(stopped).rejects.toMatchObject({ message: `exec:${path} was ended: the gateway stops` })
    const pid = Number(execFileSync('cat', [mark], { encoding: 'utf8' }))
    await until(() => !host.processExists(pid))
  })
})
