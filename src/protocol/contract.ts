// Every method of the control socket, declared once: parameters, result, and what it is for. Server, client and reference take it from here.
import type * as z from 'zod'
import { auditMethods, event } from './methods/audit.ts'
import { backupMethods } from './methods/backup.ts'
import { clientMethods } from './methods/clients.ts'
import { credentialMethods } from './methods/credentials.ts'
import { doctorMethods } from './methods/doctor.ts'
import { envMethods } from './methods/env.ts'
import { gatewayMethods } from './methods/gateway.ts'
import { loginMethods, loginProgress } from './methods/login.ts'
import { modelMethods, probed } from './methods/models.ts'
import { notifyMethods } from './methods/notify.ts'
import { orderMethods } from './methods/order.ts'
import { sessionMethods } from './methods/session.ts'
import type { MethodDeclaration } from './methods/shapes.ts'
import { vaultMethods } from './methods/vault.ts'

/** In the order of the reference page. */
export const contract = {
  ...gatewayMethods,
  ...modelMethods,
  ...credentialMethods,
  ...orderMethods,
  ...sessionMethods,
  ...loginMethods,
  ...envMethods,
  ...vaultMethods,
  ...backupMethods,
  ...clientMethods,
  ...auditMethods,
  ...doctorMethods,
  ...notifyMethods,
} as const satisfies Record<string, MethodDeclaration>

/** Notifications the gateway sends to subscribers. */
export const notifications = {
  'audit.event': { summary: 'One event of the history.', params: event },
  'login.changed': {
    summary: 'A sign-in went on; for the caller who began it, and whoever follows it.',
    params: loginProgress,
  },
  'models.probed': {
    summary: 'One credential was probed, of those that `models.status` was asked for.',
    params: probed,
  },
} as const satisfies Record<string, { summary: string; params: z.ZodType }>

export type Method = keyof typeof contract
/** What a caller may send. */
export type Params<M extends Method> = z.input<(typeof contract)[M]['params']>
/** What a handler gets, parsed. */
export type ParsedParams<M extends Method> = z.output<(typeof contract)[M]['params']>
export type Result<M extends Method> = z.output<(typeof contract)[M]['result']>
export type Notification = keyof typeof notifications
export type NotificationParams<N extends Notification> = z.output<(typeof notifications)[N]['params']>
export type WireEvent = z.output<typeof event>
