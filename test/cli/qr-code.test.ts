// The address of a sign-in as a QR code in a terminal: it can be read, and it is left out where it has no room.
import decodeQR from 'qr/decode.js'
import { describe, expect, it } from 'vitest'
import { qrCode } from '../../src/cli/interactive/qr-code.ts'

const address = `https://claude.com/cai/oauth/authorize?code=true&client_id=00000000-0000-0000-0000-000000000000&scope=user%3Ainference&state=${'made-up-'.repeat(20)}`
const room = { columns: 120, rows: 60, color: false }

const halves: Readonly<Record<string, readonly [boolean, boolean]>> = {
  '█': [true, true],
  '▀': [true, false],
  '▄': [false, true],
  ' ': [false, false],
}

/** What a camera sees of blocks that are light on dark. */
function readBack(lines: readonly string[]): string {
  const squares = lines.flatMap((line) => {
    const pairs = [...line].map((block) => halves[block] ?? [false, false])
    return [pairs.map(([upper]) => upper), pairs.map(([, lower]) => lower)]
  })
  const scale = 4
  const [width, height] = [(squares[0]?.length ?? 0) * scale, squares.length * scale]
  const data = new Uint8Array(width * height * 4)
  for (let at = 0; at < width * height; at += 1) {
    const isLight = squares[Math.floor(at / width / scale)]?.[Math.floor((at % width) / scale)] ?? true
    data.set(isLight ? [255, 255, 255, 255] : [0, 0, 0, 255], at * 4)
  }
  return decodeQR({ width, height, data })
}

describe('a QR code', () => {
  it('can be read, and says the address', () => {
    expect(readBack(qrCode(address, room)?.split('\n') ?? [])).toBe(address)
  })

  it('is black on white where there are colours, and the same blocks', () => {
    const drawn = qrCode(address, { ...room, color: true })?.split('\n') ?? []
    for (const line of drawn)
      expect(line.startsWith('\u001b[38;5;231;48;5;16m') && line.endsWith('\u001b[0m')).toBe(true)
    const blocks = drawn.map((line) => line.replaceAll(/\u001b\[[\d;]*m/g, ''))
    expect(blocks).toEqual(qrCode(address, room)?.split('\n'))
  })

  it.each([
    ['80 columns and 24 rows', { columns: 80, rows: 24 }],
    ['40 columns', { columns: 40, rows: 100 }],
    ['no known size', { columns: 0, rows: 0 }],
  ])('is left out in a terminal of %s', (_size, size) => {
    expect(qrCode(address, { ...size, color: true })).toBe(null)
  })
})
