// `models auth enable`: uses disabled credentials again.
import type { Command } from 'commander'
import { TraseError } from '../../../../errors.ts'
import type { Result } from '../../../../protocol/contract.ts'
import type { Act, Context } from '../../../context.ts'
import { fullProfileId, idMeant } from '../../../profile-id.ts'

interface EnableOptions {
  readonly profileId?: string
  readonly provider?: string
}

const typed = 'traseai models auth enable'

export function registerAuthEnable(auth: Command, act: Act): void {
  auth
    .command('enable')
    .description('use a disabled credential again, or all disabled ones of a provider')
    .argument('[id]', 'the credential: anthropic:work, or just work when no other has this name')
    .option('--profile-id <id>', 'the same as the argument')
    .option('--provider <id>', 'every disabled credential of this provider; with a name, that one')
    .action((id: string | undefined, options: EnableOptions) =>
      act((context) => runAuthEnable(context, id === undefined ? options : { ...options, profileId: id })),
    )
}

export async function runAuthEnable(context: Context, { profileId, provider }: EnableOptions): Promise<number> {
  const gateway = await context.gateway()
  const wanted =
    profileId === undefined
      ? await disabledOf(context, required(provider))
      : [provider === undefined ? await idMeant(gateway, profileId, typed) : fullProfileId(profileId, provider)]
  const enabled: Result<'credentials.enable'>[] = []
  for (const id of wanted) enabled.push(await gateway.call('credentials.enable', { profileId: id }))
  context.io.print(enabled, () =>
    enabled.length === 0
      ? `${provider ?? ''} has no disabled credential`
      : enabled
          .map((one) => (one.enabled ? `${one.profileId} is used again` : `${one.profileId} was not disabled`))
          .join('\n'),
  )
  return 0
}

async function disabledOf(context: Context, provider: string): Promise<readonly string[]> {
  const credentials = await (await context.gateway()).call('credentials.list', { provider })
  return credentials.filter(({ status }) => status === 'disabled').map(({ profileId }) => profileId)
}

function required(provider: string | undefined): string {
  if (provider !== undefined) return provider
  throw new TraseError('usage', 'which credential?', {
    hint: `${typed} <id>, or --provider <id> for all of a provider`,
  })
}
