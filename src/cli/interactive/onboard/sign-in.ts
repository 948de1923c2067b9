// The sign-in of `models auth setup-token`, as a step of onboarding.
import { runSetupToken } from '../../commands/models/auth/setup-token.ts'
import type { Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import { given } from '../../option-values.ts'

/** False when the person has stopped it. @throws TraseError what it failed with */
export async function signInWithClaude(context: Context, agent: string | undefined): Promise<boolean> {
  const { io } = context
  // All that a dialogue says goes to stderr: with --json stdout is for the report.
  const line = (text: string): void => void io.stderr.write(`${text}\n`)
  const said = { ...io, json: false, line, print: (_value: unknown, render: () => string) => line(render()) }
  const options = { provider: 'anthropic', qr: true, ...given({ agent }) }
  return (await runSetupToken({ ...context, io: said }, options)) === exitStatus.ok
}
