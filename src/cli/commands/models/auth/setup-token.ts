// `models auth setup-token`: signs in to a Claude subscription with `claude setup-token`, and stores the token it gives.
import type { Command } from 'commander'
import type { GatewayClient } from '../../../../client/connect.ts'
import { TraseError } from '../../../../errors.ts'
import type { Environment } from '../../../../host.ts'
import type { Act, Context } from '../../../context.ts'
import { exitStatus } from '../../../exit-status.ts'
import { startLogin } from '../../../follow-login.ts'
import { addHelpNote } from '../../../help-note.ts'
import { holdDialogue } from '../../../login-dialogue.ts'
import { given } from '../../../option-values.ts'
import { fullProfileId, providerNamed } from '../../../profile-id.ts'
import { readSecret } from '../../../read-secret.ts'
import { tellStored } from '../../../stored-credential.ts'
import { valueInArguments } from '../../../value-in-arguments.ts'

export interface SetupTokenOptions {
  readonly provider?: string
  readonly profileId?: string
  readonly agent?: string
  readonly paste?: true
  readonly qr: boolean
}

const typed = 'traseai models auth setup-token'
/** What Claude Code says of the tokens it makes. */
const validMs = 365 * 86_400_000
const defaultName = 'default'

export function registerSetupToken(auth: Command, act: Act): void {
  const command = auth
    .command('setup-token')
    .description('sign in to a Claude subscription with claude setup-token, and store the token')
    .option('--provider <id>', 'anthropic (needed)')
    .option('--profile-id <id>', `its name: anthropic:work, or just work (default: ${defaultName})`)
    .option('--agent <id>', 'for this agent alone (default: for all)')
    .option('--paste', 'store a token that claude setup-token gave on another machine')
    .option('--no-qr', 'do not draw the address as a QR code')
    .usage('[options]')
    // Taken so that a token typed here is refused with the reason, and not echoed.
    .argument('[value...]', 'refused: arguments can be seen by others')
    .action((values: readonly string[], options: SetupTokenOptions) =>
      act((context) => runSetupToken(context, options, values)),
    )
  addHelpNote(command, [
    'It needs the program claude (Claude Code) on this machine, prints an address to open in a browser anywhere, and takes the code that its page gives: at the prompt, from standard input, or from elsewhere with the method login.submit.',
    'With --json: a line of JSON for each address, then one for the outcome.',
  ])
}

export async function runSetupToken(
  context: Context,
  options: SetupTokenOptions,
  values: readonly string[] = [],
): Promise<number> {
  const provider = providerNamed(options, typed)
  if (values.length > 0) throw valueInArguments(`${typed} --provider ${provider} --paste`)
  const gateway = await context.gateway()
  const place: Place = {
    provider,
    profileId: fullProfileId(options.profileId ?? defaultName, provider),
    ...given({ agent: options.agent }),
  }
  return options.paste ? paste(context, gateway, place) : signIn(context, gateway, place, options.qr)
}

interface Place {
  readonly provider: string
  readonly profileId: string
  readonly agent?: string
}

async function signIn(context: Context, gateway: GatewayClient, place: Place, qr: boolean): Promise<number> {
  const { io, host } = context
  const before = await present(gateway, place)
  const browser = hasDisplay(host.env, host.platform, io.stdin.isTTY === true)
  const login = await startLogin(gateway, { ...place, method: 'setup-token', browser })
  io.note('claude setup-token is running …')
  const done = await holdDialogue(context, login, { gateway, qr })
  if (done === null) {
    io.note('cancelled: nothing was stored')
    return exitStatus.interrupted
  }
  const { profileId, rotated = false, next = null, notes = [] } = done
  if (io.json) io.line(JSON.stringify(done))
  else await tellStored(context, { stored: { profileId, rotated, next, notes }, before, ...place })
  sayWhatFor(context)
  return exitStatus.ok
}

async function paste(context: Context, gateway: GatewayClient, place: Place): Promise<number> {
  const { host, io } = context
  const before = await present(gateway, place)
  await gateway.call('credentials.check', place)
  const secret = await readSecret(
    io,
    `token of claude setup-token for ${place.profileId} (paste it, then Enter; not shown): `,
  )
  if (secret === null) return exitStatus.interrupted
  if (!/sk-ant-oat\d\d-/.test(secret)) throw noSetupToken(secret.trim() === '')
  const expiresAt = new Date(host.now() + validMs).toISOString()
  const stored = await gateway.call('credentials.add', { ...place, kind: 'token', secret, expiresAt })
  await tellStored(context, { stored, before, ...place })
  io.note('note: its end is taken to be a year from now; made earlier, it ends earlier')
  sayWhatFor(context)
  return exitStatus.ok
}

/** What is there under this id; a provider or an agent that is mistyped is refused here, before any trouble is taken. */
async function present(gateway: GatewayClient, { profileId, ...filter }: Place) {
  const credentials = await gateway.call('credentials.list', filter)
  return credentials.find((credential) => credential.profileId === profileId) ?? null
}

/** A browser that came up on another screen than the one that is looked at would be a nuisance. */
function hasDisplay(env: Environment, platform: NodeJS.Platform, isTerminal: boolean): boolean {
  if (!isTerminal || env['SSH_CONNECTION'] || env['SSH_TTY']) return false
  return platform === 'darwin' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

function sayWhatFor({ io }: Context): void {
  io.note(
    'note: the tokens of some accounts are for Claude Code only; other programs are then refused, and need an API key',
  )
  io.note('hint: to store one: traseai models auth paste-api-key --provider anthropic')
}

function noSetupToken(isEmpty: boolean): TraseError {
  const message = isEmpty
    ? 'no token: nothing was stored'
    : 'this is no token of claude setup-token: those begin with sk-ant-oat'
  return new TraseError('value_refused', message, {
    hint: isEmpty
      ? `paste it when asked, or: printf %s "$TOKEN" | ${typed} --provider anthropic --paste`
      : 'for anything else: traseai models auth paste-token, or traseai models auth paste-api-key',
  })
}
