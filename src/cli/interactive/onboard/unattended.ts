// Onboarding without questions: what the command line says, all of it checked before the first step.
import { TraseError } from '../../../errors.ts'
import type { Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import type { OnboardOptions } from '../../interactive-bundle.ts'
import { apply } from './apply.ts'
import { discover } from './discover.ts'
import { readGivenKeys } from './given-keys.ts'
import { askKnownState } from './known-state.ts'
import { offersOf, type Offer, type Offers } from './offers.ts'
import { keepingSteps, placesOf } from './plan.ts'
import { runReport, throwFirstFailure } from './run-report.ts'
import type { Step } from './steps.ts'

/** @throws TraseError `usage`, `not_found`, `value_refused`, `already_exists`, and the first thing that failed */
export async function runUnattended(
  context: Context,
  options: OnboardOptions,
  interrupted: AbortSignal,
): Promise<number> {
  const { io, host } = context
  const { agent, keys, imports, defaultModel } = options
  if (keys.length === 0 && imports?.length === 0 && defaultModel === undefined) throw nothingAsked()
  const given = await readGivenKeys(context, keys)
  const discovery = imports?.length === 0 ? { keys: [], remarks: [] } : await discover(host.env, imports)
  const gateway = await context.gateway()
  const known = await askKnownState(gateway, agent)
  const offers = offersOf([...given, ...discovery.keys], known)
  const chosen = chosenOffers(offers, options.replace)
  const steps: Step[] = keepingSteps(chosen, options.store, known.variables)
  if (defaultModel !== undefined) steps.push({ do: 'set-default', model: defaultModel })

  const say = (text: string): void => (io.json ? undefined : io.line(text))
  const signIn = async (): Promise<boolean> => false // a sign-in needs a person
  const tell = {
    done: say,
    failed: (text: string) => say(`not done: ${text}`),
    say: (text: string) => io.note(`note: ${text}`),
  }
  const outcomes = await apply(steps, { gateway, agent, signIn, interrupted, tell })
  for (const remark of discovery.remarks) io.note(`note: ${remark}`)
  tellKept(context, offers, chosen)
  if (steps.length === 0)
    say(`nothing to do: ${offers.known.length > 0 ? 'the gateway has all of it' : 'no new key was found'}`)
  if (io.json) io.print(runReport({ offers, discovery, outcomes, probes: null }), () => '')
  throwFirstFailure(outcomes)
  return outcomes.some(({ outcome }) => outcome === 'not_done') ? exitStatus.interrupted : exitStatus.ok
}

/**
 * Without --replace only new credentials: what somebody has stored stays.
 * @throws TraseError `already_exists` for a key that the command line itself names
 */
function chosenOffers({ fresh }: Offers, replace: boolean): readonly Offer[] {
  if (replace) return fresh
  const refused = fresh.find(({ key, replaces }) => replaces !== null && key.origins[0].tool === 'given')
  if (refused) {
    throw new TraseError('already_exists', `${refused.profileId} is there with another value: nothing was written`, {
      hint: 'add --replace to let the new value take its place',
    })
  }
  return fresh.filter(({ replaces }) => replaces === null)
}

function tellKept({ io }: Context, { fresh }: Offers, chosen: readonly Offer[]): void {
  for (const { key, profileId } of fresh.filter((offer) => !chosen.includes(offer))) {
    io.note(`note: ${profileId} keeps its value, and ${placesOf(key)} has another one`)
    io.note('hint: take the new one with --replace')
  }
}

function nothingAsked(): TraseError {
  return new TraseError('usage', 'without questions, the command line has to say what to do', {
    hint: '--import all, --provider <id> with --api-key-file <path>, or --default-model <model>',
  })
}
