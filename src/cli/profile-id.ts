// Credential ids as people type them: whole, or without the provider that they have named already.
import type { GatewayClient } from '../client/connect.ts'
import { quoted, TraseError } from '../errors.ts'

/** `work` becomes `anthropic:work`; an id that names a provider stays as it is. */
export function fullProfileId(text: string, provider: string): string {
  return text.includes(':') ? text : `${provider}:${text}`
}

/** The provider that an id names; undefined for a name alone. */
export function providerOfId(text: string | undefined): string | undefined {
  return text?.includes(':') ? text.slice(0, text.indexOf(':')) : undefined
}

/**
 * The one provider that `--provider` and `--profile-id` speak of. Commander's own check for an option that is needed comes
 * before that for mistyped ones, and would hide them.
 * @throws TraseError `usage` when there is none, or two
 */
export function providerNamed(
  { provider, profileId }: { readonly provider?: string; readonly profileId?: string },
  command: string,
): string {
  const inId = providerOfId(profileId)
  if (provider !== undefined && inId !== undefined && provider !== inId) {
    throw new TraseError('usage', `credential "${profileId}" is for ${inId}, not ${provider}`, {
      hint: `${command} --provider ${inId} --profile-id ${profileId}`,
    })
  }
  const named = provider ?? inId
  if (named !== undefined) return named
  throw new TraseError('usage', 'which provider?', {
    hint: `${command} --provider <id>, such as anthropic; see which have credentials: traseai models status`,
  })
}

/** The one credential that a command is about. @throws TraseError `usage` when none was named */
export function idNamed(id: string | undefined, provider: string | undefined, command: string): string {
  if (id !== undefined) return provider === undefined ? id : fullProfileId(id, provider)
  throw new TraseError('usage', 'which credential?', {
    hint: `${command} <id>; see which there are: traseai models auth list`,
  })
}

/**
 * The id of the one credential that a name without a provider can mean; any other text as it is, for the gateway to judge.
 * @throws TraseError `usage` when several providers have one of that name
 */
export async function idMeant(gateway: Pick<GatewayClient, 'call'>, text: string, command: string): Promise<string> {
  if (text.includes(':')) return text
  const credentials = await gateway.call('credentials.list', {})
  const ids = credentials.map(({ profileId }) => profileId).filter((id) => id.slice(id.indexOf(':') + 1) === text)
  const [first, ...others] = ids
  if (others.length === 0) return first ?? text
  throw new TraseError('usage', `${quoted(text)} is the name of several credentials: ${ids.join(', ')}`, {
    hint: `${command} ${first}`,
  })
}
