// Which path fits the address of a Unix socket, byte for byte.
import { describe, expect, it } from 'vitest'
import { checkSocketAddress } from '../../src/protocol/socket-address.ts'

describe("a control socket's path", () => {
  it.each([
    ['linux', 107],
    ['darwin', 103],
  ] as const)('on %s has %i bytes at most', (platform, max) => {
    expect(() => checkSocketAddress(`/${'x'.repeat(max - 1)}`, platform)).not.toThrow()
    expect(() => checkSocketAddress(`/${'x'.repeat(max)}`, platform)).toThrow(`${max + 1} bytes, ${max} at most`)
  })

  it('is counted in bytes, not in characters', () => {
    expect(() => checkSocketAddress(`/${'é'.repeat(54)}`, 'linux')).toThrow('109 bytes')
  })
})
