// What the shape alone cannot tell about traseai.json: settings that contradict each other, name what is not there, or open a door.
import type { Node } from 'jsonc-parser'
import { parseModelRef } from '../domain/model-ref.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import { builtInProviders, mergeProviders } from '../domain/provider-table.ts'
import { suggest, suggestionOr } from '../domain/suggest.ts'
import { TraseError } from '../errors.ts'
import { problemAt } from './configuration-problems.ts'
import type { Configuration } from './configuration-schema.ts'

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/

/** Something wrong with the setting at `path`, or with its name. */
interface Finding {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly hint?: string | undefined
  readonly atName?: boolean
}

/** Errors refuse the configuration, warnings do not; each in the order of the file's lines. */
export function contradictions(
  configuration: Configuration,
  tree: Node,
  text: string,
  file: string,
): { readonly errors: readonly SettingsProblem[]; readonly warnings: readonly SettingsProblem[] } {
  const inFile = (findings: readonly Finding[]): SettingsProblem[] =>
    findings
      .map(({ path, message, ...details }) => problemAt(path, message, { tree, text, file, ...details }))
      .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const errors = [
    ...refusedProviders(configuration),
    ...unknownProviders(configuration),
    ...misnamedProfiles(configuration),
    ...misplacedInOrders(configuration),
    ...mixedQuotaGroups(configuration),
    ...sameChannels(configuration),
  ]
  return { errors: inFile(errors), warnings: inFile(openDoors(configuration)) }
}

const builtInIds: ReadonlySet<string> = new Set(builtInProviders.map(({ id }) => id))

/** What the provider table does not take. */
function refusedProviders({ models }: Configuration): Finding[] {
  return Object.entries(models.providers).flatMap(([id, settings]) => {
    try {
      mergeProviders(builtInProviders, { [id]: settings })
      return []
    } catch (error) {
      if (!(error instanceof TraseError)) throw error
      // The problem names the key itself.
      const message = error.message.replace(`models.providers.${id}: `, '')
      const nearest = suggest(id, builtInIds)
      const hint = nearest === undefined ? error.hint : `did you mean ${nearest}?`
      return [{ path: ['models', 'providers', id], message, hint, atName: true }]
    }
  })
}

function unknownProviders({ models, auth }: Configuration): Finding[] {
  const known = new Set([...builtInIds, ...Object.keys(models.providers)])
  const mentions: { readonly provider: string; readonly path: readonly string[]; readonly atName?: boolean }[] = [
    ...(models.default === null ? [] : [{ provider: providerOf(models.default), path: ['models', 'default'] }]),
    ...Object.entries(models.aliases).map(([alias, model]) => ({
      provider: providerOf(model),
      path: ['models', 'aliases', alias],
    })),
    ...Object.entries(auth.profiles).map(([id, { provider }]) => ({
      provider,
      path: ['auth', 'profiles', id, 'provider'],
    })),
    ...Object.keys(auth.order).map((provider) => ({ provider, path: ['auth', 'order', provider], atName: true })),
    ...Object.keys(auth.strategies).map((provider) => ({
      provider,
      path: ['auth', 'strategies', provider],
      atName: true,
    })),
  ]
  return mentions
    .filter(({ provider }) => !known.has(provider))
    .map(({ provider, ...where }) => ({
      ...where,
      message: `unknown provider ${JSON.stringify(provider)}`,
      hint: suggestionOr(provider, known, 'add it under models.providers'),
    }))
}

/** The schema has checked the shape `provider/model`. */
function providerOf(model: string): string {
  return parseModelRef(model).provider
}

function misnamedProfiles({ auth }: Configuration): Finding[] {
  return Object.entries(auth.profiles)
    .filter(([id, { provider }]) => !id.startsWith(`${provider}:`))
    .map(([id, { provider }]) => {
      const message = `the id must start with ${JSON.stringify(`${provider}:`)}`
      return { path: ['auth', 'profiles', id], message, atName: true }
    })
}

function misplacedInOrders({ auth }: Configuration): Finding[] {
  return Object.entries(auth.order).flatMap(([provider, ids]) =>
    ids.flatMap((id, index) => {
      const path = ['auth', 'order', provider, index]
      if (!id.startsWith(`${provider}:`)) {
        return [{ path, message: `${JSON.stringify(id)} is not a credential of ${provider}` }]
      }
      return ids.indexOf(id) < index ? [{ path, message: `${JSON.stringify(id)} is listed twice` }] : []
    }),
  )
}

/** A limit is one provider's, and a credential has one. */
function mixedQuotaGroups({ auth }: Configuration): Finding[] {
  const groupOf = new Map<string, string>()
  return Object.entries(auth.quotaGroups).flatMap(([group, ids]) =>
    ids.flatMap((id, index) => {
      const path = ['auth', 'quotaGroups', group, index]
      const provider = ids[0]?.slice(0, ids[0].indexOf(':'))
      if (!id.startsWith(`${provider}:`)) {
        return [
          { path, message: `${JSON.stringify(id)} is not a credential of ${provider}, as the first of this group is` },
        ]
      }
      const other = groupOf.get(id)
      groupOf.set(id, group)
      if (other === undefined) return []
      const where = other === group ? 'twice' : `in the group ${JSON.stringify(other)} already`
      return [{ path, message: `${JSON.stringify(id)} is listed ${where}` }]
    }),
  )
}

/** What was told is remembered by the name. */
function sameChannels({ notify }: Configuration): Finding[] {
  const names = notify.map(({ name }) => name)
  return names.flatMap((name, index) =>
    name === undefined || names.indexOf(name) === index
      ? []
      : [
          {
            path: ['notify', index, 'name'],
            message: `${JSON.stringify(name)} is the name of another channel already`,
          },
        ],
  )
}

function openDoors({ gateway }: Configuration): Finding[] {
  if (loopback.test(gateway.host)) return []
  const message = `the gateway listens on ${gateway.host}: other machines can reach it`
  const hint = 'use 127.0.0.1 unless a firewall or a proxy with TLS stands before it'
  return [{ path: ['gateway', 'host'], message, hint }]
}
