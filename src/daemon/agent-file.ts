// One agent's auth-profiles.json while the gateway runs: followed, taken up when people edit it, and written when the log says more.
import { join } from 'node:path'
import type { SettingsProblem } from '../domain/problem.ts'
import { messageOf } from '../errors.ts'
import type { Timer } from '../host.ts'
import { keptAside } from '../sources/keep-aside.ts'
import { profilesFileBytesMax } from '../sources/profiles-text.ts'
import { removeUnfinished } from '../sources/write-private-file.ts'
import { openRememberedContents } from '../sources/remembered-contents.ts'
import { followSettledFile } from '../sources/settled-file.ts'
import { settingsFileReader, type SettingsFile } from '../sources/settings-file.ts'
import { firstLook, patienceMs, takeUp } from './agent-file-edit.ts'
import { type Shown, writeSheet } from './agent-file-write.ts'
import { type AgentFileDeps, emptySheet, keptProblems, profilesFileName, sheetProblems } from './agent-sheet.ts'

export interface AgentFile {
  readonly path: string
  /** The file may have changed. */
  changed(): void
  /** Makes the file show what the log has; with `usage` also when nothing but the use of credentials changed. */
  show(parts: { readonly usage: boolean }): Promise<Shown>
  /** Something was recorded: what could not be taken up before may be possible now. */
  tryAgain(): void
  problems(): readonly SettingsProblem[]
  /** The broken files that were kept and are still there. */
  kept(): readonly SettingsProblem[]
  /** Takes the names of what lies in its directory; returns the paths of broken files that were kept. */
  noteNames(names: readonly string[]): readonly string[]
  /** Takes nothing up any more, and waits for what is under way. */
  close(): Promise<void>
}

/** An edit that could not be made is tried again after this time, and then after twice as long each time. */
const [retryMsMin, retryMsMax] = [2_000, 60_000]

/** Resolves when the present file has been looked at; an edit that was made while no gateway ran is taken up soon after. */
export async function openAgentFile(deps: AgentFileDeps): Promise<AgentFile> {
  const { host, agent, directory } = deps
  const path = join(directory, profilesFileName)
  await removeUnfinished(directory)
  const read = settingsFileReader(host, path, profilesFileBytesMax)
  let [edits, writes]: [Promise<unknown>, Promise<unknown>] = [Promise.resolve(), Promise.resolve()]
  let [closed, retryMs]: [boolean, number] = [false, retryMsMin]
  let retry: Timer | null = null
  const remembered = openRememberedContents(host, directory, agent)
  const sheet = emptySheet({ ...deps, path, read, remembered, lookAgain: () => follower.changed() })
  const follower = followSettledFile({
    host,
    read,
    patienceMs: (state) => patienceMs(sheet, state),
    onSettled: (state) => void (edits = edits.then(() => take(state)).catch(defect)),
  })

  /** Edits wait for edits, and writes for writes. A write never waits for an edit, because making the edit waits for writes. */
  async function take(state: SettingsFile): Promise<void> {
    if (closed) return
    const taken = await takeUp(sheet, state)
    if (taken.write) await show({ usage: false })
    retry?.cancel()
    if (!taken.retry) return void (retryMs = retryMsMin)
    retry = host.setTimer(retryMs, takeAgain)
    retryMs = Math.min(retryMs * 2, retryMsMax)
  }

  function takeAgain(): void {
    sheet.known = null
    follower.changed()
  }

  function defect(error: unknown): void {
    host.log.error({ path, error: messageOf(error) }, 'a hand edit of a profiles file could not be taken up')
  }

  function show(parts: { readonly usage: boolean }): Promise<Shown> {
    const run = writes.then(() => writeSheet(sheet, parts)) // it never rejects
    writes = run
    return run
  }

  await firstLook(sheet).catch(defect)
  return {
    path,
    changed() {
      sheet.mayBeOvertaken = true
      follower.changed()
    },
    show,
    tryAgain: () => (sheet.findings.some(({ held }) => held) ? takeAgain() : undefined),
    problems: () => sheetProblems(sheet),
    kept: () => keptProblems(sheet),
    noteNames(names) {
      const kept = keptAside(names, profilesFileName)
      sheet.kept = new Map(kept.map((name) => [name, sheet.kept.get(name) ?? null]))
      return kept.map((name) => join(directory, name))
    },
    async close() {
      closed = true
      retry?.cancel()
      await follower.close()
      await edits
      await writes
    },
  }
}
