// Goes through a sign-in with a person or a script: shows each address, takes a code for it, and says what comes of it.
import type { GatewayClient } from '../client/connect.ts'
import { isErrorName, TraseError } from '../errors.ts'
import type { Context } from './context.ts'
import type { FollowedLogin, LoginStep } from './follow-login.ts'
import { writeNote } from './io.ts'
import { loadInteractive, type QrRoom } from './interactive-bundle.ts'
import { type CodeReader, openCodeReader } from './read-code.ts'
import { hasColor } from './streams.ts'

export interface DialogueOptions {
  readonly gateway: GatewayClient
  /** Draws addresses as QR codes where they fit. */
  readonly qr: boolean
}

/**
 * Resolves to the last step, which is `done`; null when it was interrupted.
 * @throws TraseError what the sign-in failed with
 */
export async function holdDialogue(
  context: Context,
  login: FollowedLogin,
  options: DialogueOptions,
): Promise<LoginStep | null> {
  const { host, io } = context
  const { gateway } = options
  const reader = openCodeReader(io)
  let interrupted = false
  let address: string | null = null
  const cancel = (): void => {
    interrupted = true
    gateway.call('login.cancel', { loginId: login.loginId }).catch(login.fail)
  }
  const stopListening = host.onSignal('SIGINT', cancel)
  try {
    for (;;) {
      const step = await login.next()
      reader.withdraw()
      if (step.state === 'done') return step
      if (step.state === 'cancelled' && interrupted) return null
      if (step.state === 'failed' || step.state === 'cancelled') throw failureOf(step)
      tellStep(context, step)
      if (step.state === 'waiting_for_code') {
        await showAddress(context, step, { qr: options.qr, before: address })
        address = step.url ?? null
        askForCode(context, step, { gateway, reader, cancel }).catch(login.fail)
      }
    }
  } finally {
    reader.withdraw()
    stopListening()
  }
}

function failureOf({ state, error }: LoginStep): TraseError {
  if (state === 'cancelled' || !error) return new TraseError('login_failed', 'the sign-in was cancelled from elsewhere')
  return new TraseError(
    isErrorName(error.code) ? error.code : 'login_failed',
    error.message,
    error.hint === undefined ? {} : { hint: error.hint },
  )
}

function tellStep({ io }: Context, { state, refusal }: LoginStep): void {
  if (state === 'checking') io.note('checking the code …')
  if (state === 'code_refused') io.note(`note: the code was refused${refusal ? `: ${refusal}` : ''}`)
}

/** On a line of its own and never broken, so that it can be clicked and copied. */
async function showAddress(context: Context, step: LoginStep, { qr, before }: Shown): Promise<void> {
  const { io } = context
  const { url = '' } = step
  if (io.json) return io.line(JSON.stringify(step))
  if (before === null) io.note('open this address in a browser, on any machine, and sign in:')
  // A code that was no code at all never got as far as the provider.
  else io.note(url === before ? 'the address stays the same:' : 'there is a new address; sign in there again:')
  io.line(`\n${url}\n`)
  if (!qr || url === before || !canShowQr(context)) return
  const drawn = (await loadInteractive(context)).qrCode(url, roomFor(context))
  if (drawn !== null) writeNote(io.stderr, `${drawn}\n\n`)
}

interface Shown {
  readonly qr: boolean
  /** The address that was shown last; null when none was. */
  readonly before: string | null
}

/** Blocks in two colours are noise to a screen reader, and question marks without UTF-8. */
function canShowQr({ io, host }: Context): boolean {
  const { env, platform } = host
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return (
    io.stderr.isTTY === true &&
    io.stdin.isTTY === true &&
    !io.isPlain &&
    (platform === 'darwin' || /utf-?8/i.test(locale))
  )
}

function roomFor({ io, host }: Context): QrRoom {
  const { columns = 0 } = io.stderr
  const rows = 'rows' in io.stderr && typeof io.stderr.rows === 'number' ? io.stderr.rows : 0
  return { columns, rows, color: io.color && hasColor(io.stderr, host.env) }
}

interface Asking {
  readonly gateway: GatewayClient
  readonly reader: CodeReader
  readonly cancel: () => void
}

async function askForCode({ io }: Context, { loginId }: LoginStep, { gateway, reader, cancel }: Asking): Promise<void> {
  for (;;) {
    const outcome = await reader.read('code (paste it, then Enter; not shown): ')
    if (outcome === 'withdrawn') return
    if (outcome === 'interrupted') return cancel()
    if (outcome === 'ended') return sayHowElse(io, loginId)
    if (outcome.code.trim() === '') continue
    try {
      await gateway.call('login.submit', { loginId, code: outcome.code })
      return
    } catch (error) {
      if (!(error instanceof TraseError)) throw error
      if (error.code === 'conflict') return // somebody else was quicker
      if (error.data?.['issues'] === undefined) throw error
      io.note('note: that is no code: one line of printable characters')
    }
  }
}

/** There may be no standard input at all, as under cron: the code can come from anywhere else. */
function sayHowElse(io: Context['io'], loginId: string): void {
  io.note('note: standard input has ended; the sign-in waits for its code from elsewhere')
  io.note(`hint: printf '{"loginId":"${loginId}","code":"%s"}' "$CODE" | traseai rpc login.submit -`)
}
