// What goes wrong in the simulated month beside limits: bills that are not paid, keys that are revoked and replaced, restarts.

interface Span {
  /** Epoch milliseconds. */
  readonly from: number
  readonly until: number
}

export type Trouble = Span &
  (
    | { readonly kind: 'unpaid'; readonly organisation: string }
    /** `until` is when the variable has a new value. */
    | { readonly kind: 'revoked'; readonly variable: string }
    | { readonly kind: 'restart' }
  )

/** Each takes its share of the time, so that a short run has them too. */
export function troublesOf(start: number, days: number): Trouble[] {
  const at = (share: number): number => Math.floor(start + share * days * 86_400_000)
  return [
    { kind: 'restart', from: at(0.1), until: at(0.1) },
    { kind: 'unpaid', organisation: 'anthropic-3', from: at(0.2), until: at(0.27) },
    { kind: 'revoked', variable: 'OPENAI_API_KEY_7', from: at(0.35), until: at(0.42) },
    { kind: 'unpaid', organisation: 'openai-1', from: at(0.5), until: at(0.55) },
    { kind: 'restart', from: at(0.6), until: at(0.6) },
    { kind: 'revoked', variable: 'ANTHROPIC_API_KEY_2', from: at(0.7), until: at(0.72) },
    { kind: 'restart', from: at(0.9), until: at(0.9) },
  ]
}
