// The entry of the bundle that only dialogues load: what it exports is declared in ../interactive-bundle.ts.
import type { Interactive } from '../interactive-bundle.ts'
import { runOnboard } from './onboard/run-onboard.ts'

export const interactive: Interactive = { onboard: runOnboard }
