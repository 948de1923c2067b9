// What a gateway that stops waits for, as a remark for whoever told it to.
import type { Result } from '../protocol/contract.ts'

type Stopping = NonNullable<Result<'gateway.status'>['stopping']>

/** @param now epoch milliseconds */
export function waitNote(pid: number, { requests, until }: Stopping, now: number): string {
  const seconds = Math.ceil(Math.max(Date.parse(until) - now, 0) / 1_000)
  const what = requests === 1 ? '1 request' : `${requests} requests`
  return `the gateway (pid ${pid}) lets ${what} end, for up to ${seconds} s; --now cuts them`
}
