// `models auth remove`: forgets a stored credential and destroys its secret.
import type { Command } from 'commander'
import type { Act, Context } from '../../../context.ts'
import { confirmed } from '../../../confirm.ts'
import { exitStatus } from '../../../exit-status.ts'
import { sayNext } from '../../../next-credential.ts'
import { idMeant, idNamed, providerOfId } from '../../../profile-id.ts'
import { last4Text, knownKindText, knownSourceText } from '../../../render/candidate.ts'

interface RemoveOptions {
  readonly profileId?: string
  readonly provider?: string
  readonly yes?: true
}

export function registerAuthRemove(auth: Command, act: Act): void {
  auth
    .command('remove')
    .description('forget a stored credential and destroy its secret; its history stays')
    .argument('[id]', 'the credential: anthropic:work, or just work when no other has this name')
    .option('--profile-id <id>', 'the same as the argument')
    .option('--provider <id>', 'its provider, when its name is not enough')
    .option('--yes', 'do not ask')
    .action((id: string | undefined, options: RemoveOptions) => act((context) => runAuthRemove(context, id, options)))
}

export async function runAuthRemove(
  context: Context,
  id: string | undefined,
  { profileId: named, provider, yes }: RemoveOptions,
): Promise<number> {
  const { io } = context
  const typed = 'traseai models auth remove'
  const text = idNamed(id ?? named, provider, typed)
  const gateway = await context.gateway()
  const wanted = await idMeant(gateway, text, typed)
  if (!yes) {
    const known = (await gateway.call('credentials.list', {})).find(({ profileId }) => profileId === wanted)
    // One that is not there is refused with a suggestion instead of asked about.
    const question = `remove ${wanted}${known ? ` (${describe(known)})` : ''}?`
    if (known && !(await confirmed(io, question, `${typed} ${wanted}`))) {
      io.note('nothing was removed')
      return exitStatus.interrupted
    }
  }
  const outcome = await gateway.call('credentials.remove', { profileId: wanted })
  io.print(outcome, () =>
    outcome.stored
      ? `${outcome.profileId} is removed, and its secret destroyed`
      : `${outcome.profileId} is taken out of auth.profiles; no such credential was stored`,
  )
  for (const note of outcome.notes) io.note(`note: ${note}`)
  await sayNext(context, providerOfId(outcome.profileId) ?? '')
  return exitStatus.ok
}

interface Described {
  readonly kind: string
  readonly source: { readonly kind: string }
  readonly last4?: string | undefined
}

function describe({ kind, source, last4 }: Described): string {
  return `${knownKindText(kind)} ${last4 === undefined ? '' : `${last4Text(last4)} `}from the ${knownSourceText(source.kind)}`
}
