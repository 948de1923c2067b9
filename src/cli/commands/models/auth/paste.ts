// `models auth paste-token` and `paste-api-key`: store a credential that is asked for, or comes on standard input.
import type { Command } from 'commander'
import { TraseError } from '../../../../errors.ts'
import type { Act, Context } from '../../../context.ts'
import { exitStatus } from '../../../exit-status.ts'
import { expiryText, given } from '../../../option-values.ts'
import { fullProfileId, providerNamed } from '../../../profile-id.ts'
import { readSecret } from '../../../read-secret.ts'
import { expiryFrom, tellStored } from '../../../stored-credential.ts'
import { valueInArguments } from '../../../value-in-arguments.ts'

interface PasteCommand {
  readonly name: string
  /** All that is typed before the options. */
  readonly typed: string
  readonly kind: 'token' | 'api_key'
  readonly word: string
  readonly article: string
  /** The credential is `<provider>:<this>` unless it is given another name: a key must not take a token's place. */
  readonly defaultName: string
}

const pasteToken: PasteCommand = {
  name: 'paste-token',
  typed: 'traseai models auth paste-token',
  kind: 'token',
  word: 'token',
  article: 'a',
  defaultName: 'manual',
}
const pasteApiKey: PasteCommand = {
  name: 'paste-api-key',
  typed: 'traseai models auth paste-api-key',
  kind: 'api_key',
  word: 'API key',
  article: 'an',
  defaultName: 'api-key',
}

export interface StoreOptions {
  readonly provider?: string
  readonly profileId?: string
  readonly expiresIn?: string
  readonly agent?: string
}

export function registerPasteToken(auth: Command, act: Act): void {
  register(auth, act, pasteToken)
}

export function registerPasteApiKey(auth: Command, act: Act): void {
  register(auth, act, pasteApiKey)
}

function register(auth: Command, act: Act, command: PasteCommand): void {
  auth
    .command(command.name)
    .description(`store ${command.article} ${command.word}; it is asked for, or read from standard input`)
    .option('--provider <id>', 'whose it is, such as anthropic (needed)')
    .option('--profile-id <id>', `its name: anthropic:work, or just work (default: ${command.defaultName})`)
    .option('--expires-in <time>', 'when it ends: 365d, 12h, or a date such as 2027-11-22', expiryText)
    .option('--agent <id>', 'for this agent alone (default: for all)')
    .usage('[options]')
    // Taken so that a value typed here is refused with the reason, and not echoed.
    .argument('[value...]', 'refused: arguments can be seen by others')
    .action((values: readonly string[], options: StoreOptions) =>
      act((context) => runPaste(context, command, values, options)),
    )
}

async function runPaste(
  context: Context,
  command: PasteCommand,
  values: readonly string[],
  options: StoreOptions,
): Promise<number> {
  const { typed } = command
  const provider = providerNamed(options, typed)
  if (values.length > 0) throw valueInArguments(commandLine(command, provider, options))
  const profileId = fullProfileId(options.profileId ?? command.defaultName, provider)
  const agent = given({ agent: options.agent })
  const gateway = await context.gateway()
  // Whoever has to paste a secret should not learn afterwards that it cannot be stored.
  const expiry = expiryFrom(options.expiresIn, context.host.now())
  const before = await gateway.call('credentials.list', { provider, ...agent })
  await gateway.call('credentials.check', { profileId, provider, ...agent })
  const present = before.find((credential) => credential.profileId === profileId)
  const secret = await readSecret(context.io, questionOf(command, profileId, present !== undefined))
  if (secret === null) return exitStatus.interrupted
  if (secret.trim() === '') throw nothingGiven(command, commandLine(command, provider, options))
  const stored = await gateway.call('credentials.add', {
    profileId,
    provider,
    kind: command.kind,
    secret,
    ...expiry,
    ...agent,
  })
  await tellStored(context, { stored, before: present ?? null, provider, ...agent })
  return exitStatus.ok
}

/** What was typed, for a hint: another place would be a surprise. */
function commandLine({ typed }: PasteCommand, provider: string, options: StoreOptions): string {
  const { profileId, expiresIn, agent } = options
  const named = { 'profile-id': profileId, 'expires-in': expiresIn, agent }
  const further = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${value}`]))
  return `${typed} --provider ${provider}${further.join('')}`
}

function questionOf({ word }: PasteCommand, profileId: string, isThere: boolean): string {
  return `${isThere ? 'new ' : ''}${word} of ${profileId} (paste it, then Enter; not shown): `
}

function nothingGiven({ word }: PasteCommand, command: string): TraseError {
  return new TraseError('value_refused', `no ${word}: nothing was stored`, {
    hint: `paste it when asked, or: printf %s "$VALUE" | ${command}`,
  })
}
