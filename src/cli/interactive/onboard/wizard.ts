// Onboarding as a dialogue: questions first, then one confirmation, and only then something is written.
import { builtInProviders } from '../../../domain/provider-table.ts'
import { findProgram } from '../../../find-program.ts'
import type { GatewayClient } from '../../../client/connect.ts'
import type { Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import type { OnboardOptions } from '../../interactive-bundle.ts'
import { sourceText } from '../../render/candidate.ts'
import { Interrupted, type Questions } from '../questions/questions.ts'
import { unlessInterrupted } from '../questions/unless-interrupted.ts'
import { apply } from './apply.ts'
import { askDefaultModel } from './default-models.ts'
import { discover, type Discovery } from './discover.ts'
import { askFurtherKeys } from './further-keys.ts'
import { askKnownState, type KnownState } from './known-state.ts'
import { ending, offersOf, type Offer, type Offers } from './offers.ts'
import { offerInstallation } from './offer-installation.ts'
import { keepingSteps, placesOf, type Store } from './plan.ts'
import { probe, probeText, type Probe } from './probe.ts'
import { runReport, throwFirstFailure } from './run-report.ts'
import { signInWithClaude } from './sign-in.ts'
import { stepText, type Step, type StepOutcome } from './steps.ts'

/** @throws Interrupted before anything was written; TraseError what the gateway answers */
export async function runWizard(
  context: Context,
  options: OnboardOptions,
  questions: Questions,
  interrupted: AbortSignal,
): Promise<number> {
  const { host, io } = context
  const { agent } = options
  const gateway = await unlessInterrupted(interrupted, context.gateway())
  questions.title('TraseAI: give the gateway your keys')
  questions.say(
    'This looks for keys on this machine and lets you choose. Nothing is written before you have confirmed it at the end. Ctrl-C stops at any time.',
  )
  const [known, discovery] = await unlessInterrupted(
    interrupted,
    Promise.all([askKnownState(gateway, agent), discover(host.env)]),
  )
  const offers = offersOf(discovery.keys, known)
  const steps = await askSteps({ context, gateway, agent, questions, known, discovery, offers, interrupted })
  if (steps.length > 0 && !(await confirm(questions, steps))) {
    questions.end('Nothing was changed.')
    return exitStatus.ok
  }
  const signIn = (): Promise<boolean> => signInWithClaude(context, agent)
  const outcomes = await apply(steps, { gateway, agent, signIn, interrupted, tell: questions })
  const isStopped = (): boolean => interrupted.aborted || outcomes.some(({ outcome }) => outcome === 'not_done')
  const probes = isStopped() ? null : await tryProviders({ gateway, agent, questions, interrupted }, outcomes)
  const hasService = !isStopped() && (await offerInstallation(context, questions))
  if (io.json) io.print(runReport({ offers, discovery, outcomes, probes }), () => '')
  questions.end(isStopped() ? 'Stopped. What is marked as done above is kept.' : lastWords(known, outcomes, hasService))
  throwFirstFailure(outcomes)
  return isStopped() ? exitStatus.interrupted : exitStatus.ok
}

interface Asking {
  readonly context: Context
  readonly gateway: GatewayClient
  readonly agent: string | undefined
  readonly questions: Questions
  readonly interrupted: AbortSignal
  readonly known: KnownState
  readonly discovery: Discovery
  readonly offers: Offers
}

async function askSteps(asking: Asking): Promise<readonly Step[]> {
  const { context, gateway, agent, questions, known, discovery, offers, interrupted } = asking
  tellKnown(questions, known, offers)
  if (discovery.remarks.length > 0)
    questions.say(['Also there:', ...discovery.remarks.map((remark) => `- ${remark}`)].join('\n'))
  const found = await askFound(questions, offers)
  const nothingElse = offers.fresh.length === 0 && known.credentials.length === 0
  const typed = await askFurtherKeys(questions, known, found, nothingElse)
  const chosen = [...found, ...typed]
  // The lines of .env are for every agent.
  const hasChoice = agent === undefined && chosen.some(({ key }) => key.kind === 'api_key')
  const store = hasChoice ? await askStore(questions, known.envFile) : 'vault'
  const signsIn = (await findProgram(context.host, 'claude')) !== null && (await askSignIn(questions, known))
  const providers = new Set([
    ...chosen.map(({ key }) => key.provider),
    ...known.credentials.map(({ provider }) => provider),
    ...(signsIn ? ['anthropic'] : []),
  ])
  const model =
    providers.size === 0 ? null : await askDefaultModel({ gateway, questions, agent, providers, interrupted })
  return [
    ...keepingSteps(chosen, store, known.variables),
    ...(signsIn ? [{ do: 'sign-in' } as const] : []),
    ...(model === null ? [] : [{ do: 'set-default', model } as const]),
  ]
}

function tellKnown(questions: Questions, { credentials }: KnownState, { known }: Offers): void {
  if (credentials.length === 0) return questions.say('The gateway has no key yet.')
  const lines = credentials.map(({ profileId, last4, source, status }) => {
    const also = known.filter((entry) => entry.profileId === profileId).map(({ key }) => placesOf(key))
    const end = last4 === undefined ? '' : ` …${last4}`
    const elsewhere = also.length === 0 ? '' : `, the same as ${also.join(' and ')}`
    return `- ${profileId}${end}: ${status}, ${sourceText(source.kind)}${elsewhere}`
  })
  questions.say(['The gateway has:', ...lines].join('\n'))
}

async function askFound(questions: Questions, { known, fresh }: Offers): Promise<readonly Offer[]> {
  if (fresh.length === 0) {
    const which = known.length === 0 ? 'No keys' : 'No further keys'
    questions.say(`${which} were found in your shell or in the files of other tools.`)
    return []
  }
  const choices = fresh.map((offer) => {
    const { key, profileId, replaces } = offer
    const instead = replaces === null ? '' : `, in place of ${profileId}${replaces && ` …${replaces}`}`
    return { value: offer, label: `${key.provider}${ending(key.value)} (${placesOf(key)}${instead})` }
  })
  return questions.chooseMany(
    'Which of these keys should the gateway take?',
    choices,
    fresh.filter(({ replaces }) => replaces === null),
  )
}

function askStore(questions: Questions, envFile: string): Promise<Store> {
  const choices = [
    { value: 'vault' as const, label: 'sealed, in the vault of the gateway' },
    { value: 'env' as const, label: `as lines of ${envFile}, which you can edit` },
  ]
  return questions.choose<Store>('Where should they be kept?', choices, 'vault')
}

function askSignIn(questions: Questions, { credentials }: KnownState): Promise<boolean> {
  const there = credentials.some(({ profileId }) => profileId === 'anthropic:default')
  const again = there ? ' again (anthropic:default is there)' : ''
  return questions.confirm(`Sign in with a Claude subscription${again}? This runs claude setup-token.`, false)
}

function confirm(questions: Questions, steps: readonly Step[]): Promise<boolean> {
  const lines = steps.map((step, index) => `  ${index + 1}. ${stepText(step)}`)
  questions.say(['This will be done:', ...lines].join('\n'))
  return questions.confirm('Go ahead?', true)
}

/** Null when nothing was stored, or nobody wanted to wait. */
async function tryProviders(
  { gateway, agent, questions, interrupted }: Pick<Asking, 'gateway' | 'agent' | 'questions' | 'interrupted'>,
  outcomes: readonly StepOutcome[],
): Promise<readonly Probe[] | null> {
  const providers = new Set(
    outcomes.flatMap(({ step, outcome }) => {
      if (outcome !== 'done') return []
      if (step.do === 'sign-in') return ['anthropic']
      return step.do === 'set-default' ? [] : [step.provider]
    }),
  )
  if (providers.size === 0) return null
  questions.say(`Asking ${nameAll(providers)} whether the keys work …`)
  try {
    const probes = await unlessInterrupted(interrupted, probe(gateway, providers, agent))
    for (const { text, isBad } of probes.map(probeText)) {
      if (isBad) questions.warn(text)
      else questions.item(text)
    }
    return probes
  } catch (error) {
    if (error instanceof Interrupted) return null
    throw error
  }
}

function nameAll(ids: ReadonlySet<string>): string {
  return builtInProviders.flatMap(({ id, name }) => (ids.has(id) ? [name] : [])).join(', ')
}

function lastWords({ credentials }: KnownState, outcomes: readonly StepOutcome[], hasService: boolean): string {
  const hasKey = credentials.length > 0 || outcomes.some(({ outcome }) => outcome === 'done')
  if (!hasKey) return 'No key yet. Give one later: traseai onboard, or traseai env set ANTHROPIC_API_KEY'
  return [
    hasService
      ? 'The gateway runs, and starts again by itself. Try:'
      : 'The gateway starts by itself when a command needs it. Try:',
    '  traseai models status',
    '  traseai exec -- YOUR-PROGRAM',
  ].join('\n')
}
