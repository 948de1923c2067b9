// `models auth add-reference`: a credential whose secret stays where it is: a variable, a file, a password manager.
import type { Command } from 'commander'
import { TraseError } from '../../../../errors.ts'
import type { Act, Context } from '../../../context.ts'
import { exitStatus } from '../../../exit-status.ts'
import { addHelpNote } from '../../../help-note.ts'
import { expiryText, given } from '../../../option-values.ts'
import { fullProfileId, providerNamed } from '../../../profile-id.ts'
import { expiryFrom, tellStored } from '../../../stored-credential.ts'
import type { StoreOptions } from './paste.ts'

interface ReferenceOptions extends StoreOptions {
  readonly token?: true
}

const typed = 'traseai models auth add-reference'

export function registerAddReference(auth: Command, act: Act): void {
  const command = auth
    .command('add-reference')
    .description('use a secret that is kept elsewhere; it is looked up when needed and stored nowhere')
    .argument('[reference]', 'env:NAME, file:/path or exec:/program arg …')
    .option('--provider <id>', 'whose it is, such as anthropic (needed)')
    .option('--profile-id <id>', 'its name: anthropic:work, or just work (default: reference)')
    .option('--expires-in <time>', 'when it ends: 365d, 12h, or a date such as 2027-11-22', expiryText)
    .option('--agent <id>', 'for this agent alone (default: for all)')
    .option('--token', 'what it leads to is a token, not an API key')
    .action((reference: string | undefined, options: ReferenceOptions) =>
      act((context) => runAddReference(context, reference, options)),
    )
  addHelpNote(command, [
    'A reference is one of:',
    ['env:NAME', "a variable of the gateway's own environment"],
    ['file:/path', 'a file that holds the secret and nothing else'],
    ["'exec:/usr/bin/pass ai/anthropic'", 'a program that prints it; no shell, an absolute path'],
  ])
}

async function runAddReference(
  context: Context,
  reference: string | undefined,
  options: ReferenceOptions,
): Promise<number> {
  const provider = providerNamed(options, `${typed} <reference>`)
  if (reference === undefined) {
    throw new TraseError('usage', 'which reference?', { hint: `${typed} --provider ${provider} file:/run/secrets/key` })
  }
  const profileId = fullProfileId(options.profileId ?? 'reference', provider)
  const agent = given({ agent: options.agent })
  const gateway = await context.gateway()
  const before = await gateway.call('credentials.list', { provider, ...agent })
  const stored = await gateway.call('credentials.add', {
    profileId,
    provider,
    kind: options.token ? 'token' : 'api_key',
    reference,
    ...expiryFrom(options.expiresIn, context.host.now()),
    ...agent,
  })
  const present = before.find((credential) => credential.profileId === profileId)
  await tellStored(context, { stored, before: present ?? null, provider, ...agent })
  return exitStatus.ok
}
