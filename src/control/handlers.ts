// Every method of the contract and the function that answers it; a method without one is a type error.
import type { Handlers } from './handler.ts'
import { auditHandlers } from './handlers/audit.ts'
import { backupHandlers } from './handlers/backup.ts'
import { clientHandlers } from './handlers/clients.ts'
import { credentialChangeHandlers } from './handlers/credential-changes.ts'
import { credentialHandlers } from './handlers/credentials.ts'
import { defaultModelHandlers } from './handlers/default-model.ts'
import { doctorHandlers } from './handlers/doctor.ts'
import { envHandlers } from './handlers/env.ts'
import { gatewayHandlers } from './handlers/gateway.ts'
import { loginHandlers } from './handlers/login.ts'
import { modelHandlers } from './handlers/models.ts'
import { notifyHandlers } from './handlers/notify.ts'
import { orderHandlers } from './handlers/order.ts'
import { sessionHandlers } from './handlers/session.ts'
import { usageHandlers } from './handlers/usage.ts'
import { vaultHandlers } from './handlers/vault.ts'

export const handlers = {
  ...gatewayHandlers,
  ...modelHandlers,
  ...defaultModelHandlers,
  ...usageHandlers,
  ...credentialHandlers,
  ...credentialChangeHandlers,
  ...orderHandlers,
  ...sessionHandlers,
  ...loginHandlers,
  ...envHandlers,
  ...vaultHandlers,
  ...backupHandlers,
  ...clientHandlers,
  ...auditHandlers,
  ...doctorHandlers,
  ...notifyHandlers,
} as const satisfies Handlers
