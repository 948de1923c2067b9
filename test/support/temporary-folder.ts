// One temporary folder for a whole run, so that a test that is ended in the middle leaves nothing behind.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Called by vitest before the first test; what it returns is called after the last one. */
export function setup(): () => void {
  // A short name: the sockets in it must fit 108 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'tt-'))
  chmodSync(folder, 0o755) // some tests run programs as another user
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
