// Lists the agents that have a directory in the home.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type AgentId, namePattern } from '../domain/ids.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import { errnoOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { settingsProblem } from '../sources/settings-problem.ts'

export interface AgentDirectory {
  readonly agent: AgentId
  /** `<home>/agents/<id>/agent` */
  readonly directory: string
  /** What lies in it. */
  readonly names: readonly string[]
}

export interface AgentDirectories {
  /** Those that are there, and the directory that new ones appear in, if that is there. */
  read(): Promise<{ readonly agents: readonly AgentDirectory[]; readonly parents: readonly string[] }>
  problems(): readonly SettingsProblem[]
}

/** Agents that can have files. */
export const agentsMax = 1_000
/** Directories that are no agents' are told in the log, once each, but not more than this. */
const strangersMax = 20

export function agentDirectory(host: Host, agent: AgentId): string {
  return join(host.paths.agents, agent, 'agent')
}

export function openAgentDirectories(host: Host): AgentDirectories {
  const parent = host.paths.agents
  const strangers = new Set<string>()
  let ignored = 0

  function isAgent(name: string): boolean {
    if (namePattern.test(name)) return true
    if (!name.startsWith('.') && !strangers.has(name) && strangers.size < strangersMax) {
      strangers.add(name)
      host.log.info({ path: join(parent, name) }, 'a directory that no agent can be named like is ignored')
    }
    return false
  }

  return {
    async read() {
      const names = await namesIn(parent)
      const agents = (names ?? []).filter(isAgent).sort() as AgentId[] // the pattern is the proof
      ignored = Math.max(0, agents.length - agentsMax)
      const there = await Promise.all(
        agents.slice(0, agentsMax).map(async (agent): Promise<AgentDirectory[]> => {
          const directory = agentDirectory(host, agent)
          const inside = await namesIn(directory)
          return inside === null ? [] : [{ agent, directory, names: inside }]
        }),
      )
      return { agents: there.flat(), parents: names === null ? [] : [parent] }
    },
    problems: () =>
      ignored === 0 ? [] : [settingsProblem(parent, `has more than ${agentsMax} agents: ${ignored} are ignored`)],
  }
}

/** Null for what is not there, or cannot be listed: whoever writes there is told why. */
async function namesIn(path: string): Promise<readonly string[] | null> {
  try {
    return await readdir(path)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
