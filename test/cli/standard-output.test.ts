// Standard output: everything arrives, at a file, at a pipe that is read slowly, and not at one that nobody reads.
import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStandardOutput } from '../../src/cli/standard-output.ts'

/** More than a pipe holds: pipe(7), "Pipe capacity". */
const long = 'a line of forty characters, all of them.\n'.repeat(10_000)

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'traseai-test-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** The two ends of a pipe, neither of which waits. */
function openPipe(): { reader: number; writer: number } {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) }
}

function withoutStream(stdoutFd: number): Parameters<typeof openStandardOutput>[0] {
  return {
    stdoutFd,
    get stdout(): never {
      throw new Error('no stream is needed')
    },
  }
}

describe('standard output', () => {
  it('that is a file is written without a stream', async () => {
    const file = join(folder, 'file')
    const output = openStandardOutput(withoutStream(openSync(file, 'w')))
    output.write('one\n')
    output.write(long)
    await output.flush()
    expect(readFileSync(file, 'utf8')).toBe(`one\n${long}`)
    expect(output).toMatchObject({ isTTY: false, columns: 0 })
  })

  it('that is /dev/null is written without a stream', async () => {
    const output = openStandardOutput(withoutStream(openSync('/dev/null', 'w')))
    output.write(long)
    await expect(output.flush()).resolves.toBeUndefined()
  })

  it('that is a full pipe gets the rest, in order, as it is read', async () => {
    const { reader, writer } = openPipe()
    const stdout = new Socket({ fd: writer, readable: false, writable: true })
    const output = openStandardOutput({ stdoutFd: writer, stdout })
    output.write(long)
    output.write('the end\n')
    let read = ''
    const source = new Socket({ fd: reader, readable: true, writable: false })
    source.on('data', (chunk: Buffer) => (read += chunk.toString()))
    await output.flush()
    stdout.destroy()
    await new Promise((resolve) => source.on('close', resolve))
    expect(read).toBe(`${long}the end\n`)
  })

  it('whose reader has gone says so, and takes what is still written', async () => {
    const { reader, writer } = openPipe()
    closeSync(reader)
    const output = openStandardOutput(withoutStream(writer))
    output.write('one\n')
    output.write('two\n')
    await expect(output.readerGone).resolves.toBeUndefined()
    closeSync(writer)
  })

  it('that cannot be written is an error', async () => {
    const file = join(folder, 'file')
    closeSync(openSync(file, 'w'))
    const readOnly = openSync(file, 'r')
    const output = openStandardOutput(withoutStream(readOnly))
    output.write('one\n')
    await expect(output.readerGone).rejects.toMatchObject({ code: 'cannot_create' })
    closeSync(readOnly)
  })
})
