// `models auth disable`: passes a credential over until it is enabled again or gets another value.
import type { Command } from 'commander'
import type { Act, Context } from '../../../context.ts'
import { exitStatus } from '../../../exit-status.ts'
import { sayNext } from '../../../next-credential.ts'
import { idMeant, idNamed, providerOfId } from '../../../profile-id.ts'

interface DisableOptions {
  readonly profileId?: string
  readonly provider?: string
}

export function registerAuthDisable(auth: Command, act: Act): void {
  auth
    .command('disable')
    .description('do not use a credential until it is enabled again or gets a new value')
    .argument('[id]', 'the credential: anthropic:work, or just work when no other has this name')
    .option('--profile-id <id>', 'the same as the argument')
    .option('--provider <id>', 'its provider, when its name is not enough')
    .action((id: string | undefined, options: DisableOptions) => act((context) => runAuthDisable(context, id, options)))
}

export async function runAuthDisable(
  context: Context,
  id: string | undefined,
  { profileId, provider }: DisableOptions,
): Promise<number> {
  const typed = 'traseai models auth disable'
  const text = idNamed(id ?? profileId, provider, typed)
  const gateway = await context.gateway()
  const wanted = await idMeant(gateway, text, typed)
  const outcome = await gateway.call('credentials.disable', { profileId: wanted })
  context.io.print(outcome, () =>
    outcome.disabled ? `${outcome.profileId} is not used any more` : `${outcome.profileId} was disabled already`,
  )
  if (outcome.disabled) await sayNext(context, providerOfId(outcome.profileId) ?? '')
  if (outcome.disabled) context.io.note(`hint: to use it again: traseai models auth enable ${outcome.profileId}`)
  return exitStatus.ok
}
