// The settings of the HTTP gateway and of its connections to providers, as they are written in traseai.json.
import * as z from 'zod'

export const httpUrl = z.url({
  protocol: /^https?$/,
  hostname: /./,
  error: 'expected an address that starts with http:// or https://',
})

const upstream = z.strictObject({
  connectMs: z
    .int()
    .min(100)
    .max(120_000)
    .default(10_000)
    .describe('Longest time to connect to a provider, in milliseconds.'),
  headersMs: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(600_000)
    .describe('From a request sent to the head of its answer: a model may think before it says a word.'),
  idleMs: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(300_000)
    .describe('Longest silence within an answer, in milliseconds.'),
  proxy: httpUrl
    .nullable()
    .default(null)
    .describe(
      "An HTTP proxy on the way to every provider; without it `HTTPS_PROXY` and `HTTP_PROXY` of the gateway's environment count. `NO_PROXY` counts in any case.",
    ),
  caFiles: z
    .array(z.string().min(1).max(4_096))
    .max(20)
    .default([])
    .describe(
      'Files with further certificate authorities (PEM) that are trusted besides those of Node; a relative path begins beside traseai.json.',
    ),
})

export const gateway = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(255)
    .default('127.0.0.1')
    .describe('The address that the HTTP gateway listens on. Anything but a loopback address lets other machines in.'),
  port: z.int().min(0).max(65_535).default(7717).describe('The port of the HTTP gateway; 0 takes any free one.'),
  holdMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(2_000)
    .describe('Longest time a request waits for a cooling credential, in milliseconds.'),
  bodyBytesMax: z
    .int()
    .min(1_024)
    .max(1_073_741_824)
    .default(33_554_432)
    .describe(
      'Largest request body that is kept for another attempt, in bytes; a larger one is streamed to the first credential and not sent again.',
    ),
  drainMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(30_000)
    .describe('How long requests under way may go on after a stop, in milliseconds.'),
  requestLog: z
    .enum(['all', 'failed', 'none'])
    .default('all')
    .describe('Which model requests get a line in the log: never with a secret or with anything of their content.'),
  upstream: upstream.prefault({}).describe('The connections to providers.'),
  allowedHosts: z
    .array(z.string().min(1).max(255))
    .max(100)
    .default([])
    .describe('Values of the `Host` header that are answered besides loopback ones.'),
  user: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/, 'expected the name of a user')
    .nullable()
    .default(null)
    .describe(
      'The user that a gateway which root starts becomes, and whom the home must belong to; for hosts whose service manager cannot do that.',
    ),
  autostart: z.boolean().default(true).describe('Whether a command that needs the gateway starts it.'),
})
