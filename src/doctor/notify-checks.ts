// Whether people can be told: what the channels of `notify` need, and which of them failed.
import { type Channel, namedChannels } from '../domain/notice-channel.ts'
import { desktopProgram } from '../notify/desktop.ts'
import { hasProgram } from '../notify/exec.ts'
import { readTokenFile } from '../notify/token-file.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'

const testHint = 'mend notify in traseai.json, then: traseai notify test'

export async function checkChannels({ host, settings }: HostDeps): Promise<readonly Finding[]> {
  const channels = namedChannels(settings.configuration.notify)
  const lacks = await Promise.all(channels.map((channel) => lackOf(host, channel)))
  return lacks.flatMap((lack, index): Finding[] => {
    const message = `the channel ${channels[index]?.name} of notify cannot tell anybody: ${lack}`
    return lack === null ? [] : [{ severity: 'warning', message, hint: testHint }]
  })
}

/** What it needs and has not, as the end of a sentence. */
async function lackOf(host: HostDeps['host'], { settings }: Channel): Promise<string | null> {
  switch (settings.kind) {
    case 'ntfy':
    case 'webhook': {
      const token = settings.tokenFile === undefined ? null : await readTokenFile(host, settings.tokenFile)
      return token !== null && 'problem' in token ? token.problem : null
    }
    case 'exec':
      return programLack(host, settings.command[0] ?? '')
    case 'desktop':
      return programLack(host, desktopProgram(host))
  }
}

async function programLack(host: HostDeps['host'], name: string): Promise<string | null> {
  return (await hasProgram(host, name)) ? null : `the program ${name} is not there, or may not be run`
}

export async function checkNotices(_deps: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  return live.failedChannels().map(({ name, reason }) => ({
    severity: 'warning',
    message: `the channel ${name} of notify did not take the last notice: ${reason}`,
    hint: 'traseai notify list, and once it is mended: traseai notify test',
  }))
}
