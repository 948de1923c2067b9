// What a way of signing in has to do: `claude setup-token` today. The rest (states, limits, callers) is the same for all.
import type { TraseError } from '../errors.ts'
import type { Secret } from '../vault/secret.ts'

export type MethodReport =
  | { readonly type: 'address'; readonly url: string }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'failed'; readonly error: TraseError }
  /** The end: the secret belongs to whoever hears of it. */
  | { readonly type: 'token'; readonly token: Secret; readonly validMs: number }

export interface MethodOptions {
  /** A browser may be opened on the host of the gateway. */
  readonly browser: boolean
  readonly report: (report: MethodReport) => void
}

export interface RunningMethod {
  /** Hands in a code; the method drops it. Called only while one is waited for. */
  submit(code: Secret): void
  /** What it saw last, without secrets: for the message when it took too long. */
  lastWords(): readonly string[]
  /** Ends everything it started; resolves when nothing of it is left. Further reports are ignored. */
  end(): Promise<void>
}

/** @throws TraseError `program_missing`, `login_failed` when it cannot begin */
export type StartMethod = (options: MethodOptions) => Promise<RunningMethod>

/** `message; its last words: "…" / "…"` */
export function withLastWords(message: string, words: readonly string[]): string {
  return words.length === 0 ? message : `${message}; the last it showed: ${words.map((row) => `"${row}"`).join(' / ')}`
}
