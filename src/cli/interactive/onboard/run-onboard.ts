// `onboard` from its options to its exit status: chooses how to ask, and tells what was done when it is interrupted.
import { TraseError } from '../../../errors.ts'
import type { Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import type { OnboardOptions } from '../../interactive-bundle.ts'
import { hasColor } from '../../streams.ts'
import { openDrawnQuestions } from '../questions/drawn-questions.ts'
import { openPlainQuestions } from '../questions/plain-questions.ts'
import { Interrupted, type Questions } from '../questions/questions.ts'
import { runUnattended } from './unattended.ts'
import { runWizard } from './wizard.ts'

/** @throws TraseError `usage` without a terminal, and what the gateway answers */
export async function runOnboard(context: Context, options: OnboardOptions): Promise<number> {
  const interruption = new AbortController()
  const stopListening = context.host.onSignal('SIGINT', () => interruption.abort())
  try {
    if (!options.interactive) return await runUnattended(context, options, interruption.signal)
    const questions = openQuestions(context, options, interruption.signal)
    return await runWizard(context, options, questions, interruption.signal)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    context.io.note('\nstopped: nothing was changed')
    return exitStatus.interrupted
  } finally {
    stopListening()
  }
}

function openQuestions({ host, io }: Context, { plain }: OnboardOptions, interrupted: AbortSignal): Questions {
  if (plain) return openPlainQuestions(io, interrupted)
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) throw noTerminal()
  const { ACCESSIBLE } = host.env
  // charm.land/blog/accessible: the variable that prompts of other programs look at.
  const wantsPlain = io.isPlain || (ACCESSIBLE !== undefined && !/^(|0|false)$/.test(ACCESSIBLE))
  if (wantsPlain) return openPlainQuestions(io, interrupted)
  return openDrawnQuestions(io, { color: io.color && hasColor(io.stderr, host.env), interrupted })
}

function noTerminal(): TraseError {
  return new TraseError('usage', 'onboard asks questions, and there is no terminal to ask them on', {
    hint: 'without questions: traseai onboard --non-interactive --import all; answers from a pipe: add --plain',
  })
}
