// What the gateway has before anything is asked.
import type { GatewayClient } from '../../../client/connect.ts'
import type { Result } from '../../../protocol/contract.ts'

/** Of a credential as the gateway lists it; `last4` is missing of a short one. */
export type KnownCredential = Pick<
  Result<'credentials.list'>[number],
  'profileId' | 'provider' | 'last4' | 'source' | 'status'
>

export interface KnownState {
  /** Those that the agent, or without one every agent, may use. */
  readonly credentials: readonly KnownCredential[]
  /** Ids that are taken by credentials of other agents. */
  readonly foreignIds: readonly string[]
  /** Names of variables that hold keys, in whichever layer. */
  readonly variables: ReadonlySet<string>
  readonly envFile: string
}

/** @throws TraseError what the gateway answers, such as `usage` for what is no agent's id */
export async function askKnownState(gateway: GatewayClient, agent: string | undefined): Promise<KnownState> {
  const [all, ofAgent, env] = await Promise.all([
    gateway.call('credentials.list', {}),
    agent === undefined ? null : gateway.call('credentials.list', { agent }),
    gateway.call('env.list', {}),
  ])
  const credentials = ofAgent ?? all.filter((credential) => credential.agent === undefined)
  const ids = new Set(credentials.map(({ profileId }) => profileId))
  return {
    credentials,
    foreignIds: all.flatMap(({ profileId }) => (ids.has(profileId) ? [] : [profileId])),
    variables: new Set(env.variables.map(({ name }) => name)),
    envFile: env.file,
  }
}
