// A bar of a chart, of blocks an eighth of a character fine, or of plain characters where those cannot be shown.
import type { Environment } from '../../host.ts'

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const
const full = '█'
const plain = '#'

/** Whether a terminal shows more than ASCII: its locale says so, and TERM is not `dumb`. */
export function showsBlocks(env: Environment, platform: NodeJS.Platform): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return env['TERM'] !== 'dumb' && (platform === 'darwin' || /utf-?8/i.test(locale))
}

/** `share` from 0 to 1 of `width` characters; whatever is more than nothing can be seen. */
export function bar(share: number, width: number, blocks: boolean): string {
  if (share <= 0) return ''
  if (!blocks) return plain.repeat(Math.max(1, Math.round(share * width)))
  const parts = Math.max(1, Math.round(Math.min(share, 1) * width * 8))
  return full.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '')
}
