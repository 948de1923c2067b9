// Signs in with `claude setup-token`: runs it in a terminal, reads its screens, and types what a person would.
import { messageOf, TraseError } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import { Secret } from '../vault/secret.ts'
import { claudeEnvironment } from './claude-environment.ts'
import { readClaudeScreen } from './claude-screens.ts'
import { findClaude } from './find-claude.ts'
import { lastWords } from './last-words.ts'
import { type MethodOptions, type RunningMethod, type StartMethod, withLastWords } from './sign-in-method.ts'
import type * as terminalPrograms from './terminal-program.ts'
import type { ProgramExit, TerminalProgram } from './terminal-program.ts'
import { makeWorkingFolder } from './working-folder.ts'

/** "Your OAuth token (valid for 1 year)". */
const validMs = 365 * 86_400_000
/** Between text and Enter: together they are taken for something pasted. */
const keyDelayMs = 300
/** How long typed text may take to show up on the screen. */
const echoMsMax = 2_000
/** With the token shown the program ends by itself. */
const lastStepsMsMax = 2_000

/** Where npm was not allowed to build it. */
function unbuilt(cause: unknown): never {
  throw new TraseError('program_missing', 'node-pty, which runs claude in a terminal, was not built at the install', {
    cause,
    hint: 'install TraseAI again with npm install --allow-scripts=better-sqlite3,koffi,node-pty; or run claude setup-token anywhere, and store its token here: traseai models auth setup-token --provider anthropic --paste',
  })
}

/** Signs in by means of the `claude` program of this host. */
export function openSetupToken(host: Host): StartMethod {
  // The emulator and native code, which a gateway without sign-ins never loads. One that failed is not loaded twice: a
  // bundled module would be taken for loaded the second time.
  let loaded: Promise<typeof terminalPrograms> | null = null
  return async (options) => {
    const command = await findClaude(host)
    loaded ??= import('./terminal-program.ts').catch(unbuilt)
    const { openTerminalProgram } = await loaded
    const { path: cwd, remove } = await makeWorkingFolder(host)
    const env = claudeEnvironment(host, options.browser)
    try {
      return followProgram(host, options, remove, (listeners) =>
        openTerminalProgram({ host, command, args: ['setup-token'], cwd, env, ...listeners }),
      )
    } catch (error) {
      await remove()
      throw new TraseError('login_failed', `${command} could not be started: ${messageOf(error)}`, { cause: error })
    }
  }
}

interface Listeners {
  readonly onScreen: () => void
  readonly onExit: (how: ProgramExit) => void
  readonly onFlood: () => void
}

function followProgram(
  host: Host,
  { report }: MethodOptions,
  cleanUp: () => Promise<void>,
  open: (listeners: Listeners) => TerminalProgram,
): RunningMethod {
  const program = open({ onScreen, onExit, onFlood: () => fail('claude setup-token wrote without end') })
  const keyboard = openKeyboard(host, program)
  const codes: Secret[] = []
  /** The address that was reported last, until the code for it was refused. */
  let url: string | null = null
  let refused = false

  function onScreen(): void {
    keyboard.screenChanged()
    const seen = readClaudeScreen(program.screen())
    if (seen.kind === 'token') {
      // One that nothing follows yet may be half of it; the program's end shows whether more comes.
      if (seen.complete) take(seen.token)
    } else if (seen.kind === 'prompt' && seen.url !== url) {
      url = seen.url
      refused = false
      report({ type: 'address', url })
    } else if (seen.kind === 'refused' && !refused) {
      refused = true
      url = null
      keyboard.pressEnter()
      report({ type: 'refused', reason: seen.reason })
    }
  }

  function take(token: string): void {
    report({ type: 'token', token: new Secret(token), validMs })
    void end(lastStepsMsMax)
  }

  function onExit({ code, signal }: ProgramExit): void {
    const seen = readClaudeScreen(program.screen())
    // One that nothing follows may be half of it, when the program was cut off.
    if (seen.kind === 'token' && (seen.complete || (code === 0 && signal === 0))) return take(seen.token)
    fail(`claude setup-token ended with ${signal > 0 ? `signal ${signal}` : `status ${code}`} and gave no token`)
  }

  function fail(message: string): void {
    report({ type: 'failed', error: new TraseError('login_failed', withLastWords(message, words())) })
  }

  const words = (): readonly string[] => lastWords(program.screen(), codes)

  let ending: Promise<void> | null = null
  function end(patienceMs: number): Promise<void> {
    keyboard.close()
    return (ending ??= program
      .end(patienceMs)
      .then(cleanUp)
      .finally(() => codes.forEach((code) => code.drop())))
  }

  return {
    submit(code) {
      codes.push(code)
      keyboard.type(code.reveal())
    },
    lastWords: words,
    end: () => end(0),
  }
}

interface Keyboard {
  /** Types the text, and Enter once the program has shown that it took the text. */
  type(text: string): void
  pressEnter(): void
  screenChanged(): void
  close(): void
}

/** Types as slowly as a person: a program that gets text and Enter at once takes both for something pasted. */
function openKeyboard(host: Host, program: Pick<TerminalProgram, 'write'>): Keyboard {
  let timer: Timer | null = null
  let waitsForEcho = false

  function pressEnter(): void {
    waitsForEcho = false
    timer?.cancel()
    timer = host.setTimer(keyDelayMs, () => program.write('\r'))
  }

  return {
    type(text) {
      program.write(text)
      waitsForEcho = true
      timer?.cancel()
      timer = host.setTimer(echoMsMax, pressEnter)
    },
    pressEnter,
    screenChanged: () => waitsForEcho && pressEnter(),
    close: () => timer?.cancel(),
  }
}
