// What an install or uninstall did, as lines for people.
import type { ServiceChange } from '../../../service/init-system.ts'
import type { Paint } from '../../render/paint.ts'
import { printableLine } from '../../render/printable.ts'

/** As wide as the longest first word. */
const firstWidth = 'unchanged'.length

export function changeLines({ files, commands }: ServiceChange, paint: Paint): readonly string[] {
  const line = (first: string, rest: string): string => `${first.padEnd(firstWidth)}  ${printableLine(rest)}`
  return [
    ...files.map(({ path, change }) => (change === 'unchanged' ? paint.dim(line(change, path)) : line(change, path))),
    ...commands.map((command) => line('ran', command)),
  ]
}
