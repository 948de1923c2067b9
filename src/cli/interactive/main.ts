// The entry of the bundle that only dialogues load: what it exports is declared in ../interactive-bundle.ts.
import type { Interactive } from '../interactive-bundle.ts'
import { runChat } from './chat/run-chat.ts'
import { runOnboard } from './onboard/run-onboard.ts'
import { qrCode } from './qr-code.ts'

export const interactive: Interactive = { onboard: runOnboard, chat: runChat, qrCode }
