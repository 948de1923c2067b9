// The entry of the bundle that only dialogues load: what it exports is declared in ../interactive-bundle.ts.
import type { Interactive } from '../interactive-bundle.ts'

export const interactive: Interactive = {}
