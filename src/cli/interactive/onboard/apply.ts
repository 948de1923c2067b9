// Does what was confirmed, one step after the other: each is whole or not done, whenever it is interrupted.
import type { GatewayClient } from '../../../client/connect.ts'
import { messageOf } from '../../../errors.ts'
import { given } from '../../option-values.ts'
import type { Questions } from '../questions/questions.ts'
import { stepText, type Step, type StepOutcome } from './steps.ts'

export interface ApplyDeps {
  readonly gateway: GatewayClient
  /** The agent that stored credentials are for; undefined for all. */
  readonly agent: string | undefined
  /** Signs in with `claude setup-token`; resolves to false when the person wants to stop. */
  signIn(): Promise<boolean>
  /** Once aborted, no further step is begun. */
  readonly interrupted: AbortSignal
  readonly tell: Pick<Questions, 'done' | 'failed' | 'say'>
}

/** An outcome for each step. A step that fails keeps the others from nothing. */
export async function apply(steps: readonly Step[], deps: ApplyDeps): Promise<readonly StepOutcome[]> {
  const outcomes: StepOutcome[] = []
  let stopped = false
  for (const step of steps) {
    stopped ||= deps.interrupted.aborted
    const outcome: StepOutcome = stopped ? { step, outcome: 'not_done' } : await tryStep(step, deps)
    stopped ||= outcome.outcome === 'not_done'
    outcomes.push(outcome)
    if (outcome.outcome === 'done') deps.tell.done(stepText(step, true))
    else
      deps.tell.failed(outcome.error === undefined ? stepText(step) : `${stepText(step)}: ${messageOf(outcome.error)}`)
  }
  return outcomes
}

async function tryStep(step: Step, deps: ApplyDeps): Promise<StepOutcome> {
  try {
    return { step, outcome: (await perform(step, deps)) ? 'done' : 'not_done' }
  } catch (error) {
    return { step, outcome: 'failed', error }
  }
}

/** False when the person wants to stop. @throws TraseError what the gateway answers */
async function perform(step: Step, { gateway, agent, signIn, tell }: ApplyDeps): Promise<boolean> {
  switch (step.do) {
    case 'store': {
      const { profileId, provider, kind, value: secret } = step
      const { notes } = await gateway.call('credentials.add', {
        profileId,
        provider,
        kind,
        secret,
        ...given({ agent }),
      })
      for (const note of notes) tell.say(note)
      return true
    }
    case 'write': {
      const { shadowedBy } = await gateway.call('env.set', { name: step.variable, value: step.value })
      if (shadowedBy) tell.say(`the gateway still uses ${shadowedBy.name} of the environment it was started in`)
      return true
    }
    case 'sign-in':
      return signIn()
    case 'set-default':
      await gateway.call('models.set', { model: step.model })
      return true
  }
}
