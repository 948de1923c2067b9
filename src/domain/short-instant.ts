// A moment in a sentence that is read on other machines too.
import { isoInstant } from './events.ts'

/** `2026-11-22 10:51 UTC` */
export function shortInstant(epochMs: number): string {
  return `${isoInstant(epochMs).slice(0, 16).replace('T', ' ')} UTC`
}
