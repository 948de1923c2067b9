// The entry of the bundle that only dialogues load: what it exports is declared in ../interactive-bundle.ts.
import type { Interactive } from '../interactive-bundle.ts'
import { runChat } from './chat/run-chat.ts'
import { runOnboard } from './onboard/run-onboard.ts'
import { qrCode } from './qr-code.ts'
import { installService } from './service/install.ts'
import { serviceManager } from './service/which-init-system.ts'
import { printServiceLog } from './service/print-service-log.ts'
import { uninstallService } from './service/uninstall.ts'

export const interactive: Interactive = {
  onboard: runOnboard,
  chat: runChat,
  qrCode,
  serviceManager,
  printServiceLog,
  installService,
  uninstallService,
}
