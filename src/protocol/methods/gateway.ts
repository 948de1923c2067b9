// Methods about the gateway itself, and about the connection.
import * as z from 'zod'
import { changeCounts, instant, type MethodDeclaration, none, settingsProblem } from './shapes.ts'

const gatewayStatus = z.object({
  version: z.string(),
  pid: z.int(),
  startedAt: instant,
  home: z.string(),
  /** The folder that the program was started from. */
  program: z.string(),
  http: z.string().nullable(),
  /** What a stop waits for: the model requests under way, until they are cut. Null until it stops. */
  stopping: z.object({ requests: z.int(), until: instant }).nullable(),
  socket: z.string(),
  /** The service manager that runs it, and as which unit or label; null for one that was started by hand or on demand. */
  supervisor: z
    .object({
      kind: z.enum(['systemd', 'launchd']),
      scope: z.enum(['user', 'system']),
      unit: z.string().nullable(),
    })
    .nullable(),
  configuration: z.object({ ok: z.boolean(), problems: z.array(settingsProblem) }),
  environment: z.object({ ok: z.boolean(), problems: z.array(settingsProblem) }),
  /** Every agent's auth-profiles.json. */
  profilesFiles: z.object({ ok: z.boolean(), problems: z.array(settingsProblem) }),
  eventCount: z.int(),
})

export const gatewayMethods = {
  'gateway.status': {
    summary: 'Who serves this home, since when, and whether its settings are in order.',
    params: none,
    result: gatewayStatus,
  },
  'gateway.reload': {
    summary: 'Reads traseai.json and every environment layer again, and says what changed.',
    params: none,
    result: z.object({
      configuration: z.boolean(),
      /** Changed settings that only a restart takes up. */
      restartNeeded: z.array(z.string()),
      ...changeCounts.shape,
    }),
  },
  'gateway.stop': {
    summary:
      'Answers, then stops in good order: model requests under way may end for up to `gateway.drainMs`; with `now` they are cut.',
    params: z.strictObject({ now: z.boolean().optional() }),
    result: z.object({}),
  },
  'client.hello': {
    summary:
      'Says that the caller is the command line, so that the history calls it `cli`, and hears which version the gateway is. Who the caller is (uid, pid, program) comes from the kernel.',
    // Not strict: what a later program says more of itself is no reason to refuse it.
    params: z.object({ kind: z.enum(['cli', 'rpc']), version: z.string().max(64).optional() }),
    result: z.object({ version: z.string() }),
  },
} as const satisfies Record<string, MethodDeclaration>
