// What a person in a terminal reads when the gateway is up: where it listens, which keys it has, and what to do next.

export interface BannerFacts {
  readonly version: string
  readonly pid: number
  readonly home: string
  readonly http: string
  readonly socket: string
  /** How the CLI is called from where the person stands: `traseai`, or a path to it. */
  readonly command: string
  /** Providers that have a usable credential, with the number of them. */
  readonly providers: readonly { readonly provider: string; readonly credentials: number }[]
}

/** Plain text, its last newline included. */
export function renderBanner(facts: BannerFacts): string {
  const { version, pid, home, http, socket, command, providers } = facts
  const keys = providers.map((each) => `${each.provider} (${each.credentials})`).join(', ')
  const lines = [
    `TraseAI ${version} is running (pid ${pid}). Stop it with Ctrl-C.`,
    '',
    `  home    ${home}`,
    `  http    ${http}`,
    `  socket  ${socket}`,
    `  keys    ${keys || 'none yet'}`,
    '',
    'What to do next, in a second terminal:',
    '',
    // With `node bin/traseai.js` as the command these fit 80 columns.
    ...(keys ? [] : [`  ${command} env set ANTHROPIC_API_KEY  # asks for the key`]),
    `  ${command} models status              # the keys, and which is next`,
    `  ${command} exec -- YOUR-PROGRAM       # any program with an AI SDK`,
    `  ${command} audit log                  # what happened to each key`,
    '',
  ]
  return `${lines.join('\n')}\n`
}
