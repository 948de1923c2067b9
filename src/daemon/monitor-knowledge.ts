// What the monitor knows of: the matters of a gateway that runs, or those that its home shows without one.
import type { ToldNotice } from '../domain/entities.ts'
import { parseProfileId, parseProviderId } from '../domain/ids.ts'
import type { Matter } from '../domain/matter.ts'
import { credentialMatters } from '../domain/matters.ts'
import type { Notices } from '../domain/notice.ts'
import type { Channel } from '../domain/notice-channel.ts'
import { shortInstant } from '../domain/short-instant.ts'
import { isOurs } from '../doctor/home-checks.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Result } from '../protocol/contract.ts'
import { type HomeLook, lookAtHome } from './look-at-home.ts'

export interface Knowledge {
  readonly matters: readonly Matter[]
  readonly told: Notices
  /** Whether the monitor tells over this channel: a gateway that runs does it itself, as long as it can. */
  mayTell(channel: Channel): boolean
  /** What a person should read besides. */
  readonly notes: readonly string[]
}

/** A gateway that failed so often in a row has a way of its own that does not work. */
const failuresMin = 2

/** The matters of the gateway that runs; what it cannot tell itself is ours. */
export function knownOfGateway({ matters, channels }: Result<'notify.list'>): Knowledge {
  const failing = channels.filter(({ trouble }) => trouble !== null && trouble.failures >= failuresMin)
  const told = matters.map(({ key, kind, until, channels: tellings }): [string, ToldNotice] => {
    const heard = tellings.flatMap(({ channel, toldAt, lastToldAt }) => {
      if (toldAt === null || lastToldAt === null) return []
      const [firstAt, lastAt] = [Date.parse(toldAt), Date.parse(lastToldAt)]
      return [[channel, { firstAt, lastAt, times: firstAt === lastAt ? 1 : 2 }] as const]
    })
    return [key, { key, kind, until: until === null ? null : Date.parse(until), channels: Object.fromEntries(heard) }]
  })
  return {
    matters: matters.map(asMatter),
    told: Object.fromEntries(told),
    mayTell: ({ name }) => failing.some((channel) => channel.name === name),
    notes: failing.map(({ name, trouble }) => `the gateway itself cannot tell over ${name}: ${trouble?.reason ?? ''}`),
  }
}

function asMatter({ since, until, profileId, provider, ...words }: Result<'notify.list'>['matters'][number]): Matter {
  return {
    ...words,
    ...(profileId === undefined ? {} : { profileId: parseProfileId(profileId) }),
    ...(provider === undefined ? {} : { provider: parseProviderId(provider) }),
    since: Date.parse(since),
    until: until === null ? null : Date.parse(until),
  }
}

/** What a home says without its gateway, and that this is down. Never rejects but for a defect. */
export async function knownOfHome(host: Host, packageRoot: string, expiryWarningMs: number): Promise<Knowledge> {
  const all = { mayTell: () => true }
  try {
    // SQLite makes files beside the one that it reads, and those must not be root's in somebody else's home.
    const look = (await isOurs(host)) ? await lookAtHome(host, packageRoot) : null
    if (look === null) return { ...all, matters: [gatewayDown(host, null)], told: {}, notes: [] }
    const { credentials, notices } = look.state
    const down = gatewayDown(host, look)
    const matters = [down, ...credentialMatters({ now: host.now(), expiryWarningMs, credentials })]
    return { ...all, matters, told: notices, notes: [] }
  } catch (error) {
    const notes = [`the credentials could not be looked at without the gateway: ${messageOf(error)}`]
    return { ...all, matters: [gatewayDown(host, null)], told: {}, notes }
  }
}

/** @param look null when nothing is known of the last gateway */
function gatewayDown(host: Host, look: Pick<HomeLook, 'stopped'> | null): Matter {
  const stopped = look?.stopped ?? null
  const how =
    stopped === null
      ? 'the last one did not end in good order'
      : `the last one stopped at ${shortInstant(stopped.at)}: ${stopped.reason}`
  return {
    key: 'gateway_down',
    kind: 'gateway_down',
    title: 'the gateway is not running',
    message: `no gateway serves ${host.paths.home}${look === null ? '' : `; ${how}`}`,
    hint: 'traseai gateway start',
    since: stopped?.at ?? host.now(),
    until: null,
  }
}
