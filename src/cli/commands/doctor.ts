// `doctor`: looks over everything that a host needs, in the gateway, or here when none can be had.
import type { Command } from 'commander'
import { builtInProviders } from '../../domain/provider-table.ts'
import { TraseError } from '../../errors.ts'
import type { Environment } from '../../host.ts'
import type { Result } from '../../protocol/contract.ts'
import { version } from '../../version.ts'
import type { Act, Context } from '../context.ts'
import { addHelpNote } from '../help-note.ts'
import { isUnwell, renderDiagnoses } from '../render/diagnoses.ts'
import { serviceTrouble } from '../installed.ts'
import { unseenKeys } from '../unseen-keys.ts'

interface DoctorOptions {
  readonly fix?: boolean
  readonly verbose?: boolean
}

type Diagnoses = Result<'doctor.run'>

/** What the daemon's bundle exports. */
interface DaemonModule {
  runDoctor(options: {
    readonly env: Environment
    readonly packageRoot: string
    readonly fix: boolean
    readonly skipped: string
  }): Promise<Diagnoses>
}

export function registerDoctor(program: Command, act: Act): void {
  const doctor = program
    .command('doctor')
    .description('check everything this host needs: files, keys, database, gateway, machine')
    .option('--fix', 'mend what can be mended without a loss, and say what was done')
    .option('--verbose', 'list what is in order, too')
    .action((options: DoctorOptions) => act((context) => runDoctor(context, options)))
  addHelpNote(doctor, [
    'Exit status 1 when an error is found that is not fixed; warnings alone leave it 0. What needs a running gateway is left out when there is none and none can be started.',
  ])
}

export async function runDoctor(context: Context, { fix = false, verbose = false }: DoctorOptions): Promise<number> {
  const { io } = context
  const diagnoses = await diagnose(context, fix)
  io.print(diagnoses, () => renderDiagnoses(diagnoses, { width: io.width, paint: io.paint, verbose }))
  return isUnwell(diagnoses) ? 1 : 0
}

async function diagnose(context: Context, fix: boolean): Promise<Diagnoses> {
  try {
    return await diagnoseGateway(context, fix)
  } catch (error) {
    if (!(error instanceof TraseError)) throw error
    return diagnoseHost(context, fix, error)
  }
}

async function diagnoseGateway(context: Context, fix: boolean): Promise<Diagnoses> {
  const trouble = await serviceTrouble(context)
  if (trouble !== null) throw trouble
  const gateway = await context.gateway()
  try {
    const report = await gateway.call('models.status', {})
    const unseen = unseenKeys(context.host.env, builtInProviders, report)
    return await gateway.call('doctor.run', { fix, caller: { version, unseenKeys: [...unseen] } })
  } catch (error) {
    gateway.close() // nothing may keep this process, which goes on without it
    throw error
  }
}

/** What needs no gateway, and why there is none. */
async function diagnoseHost(context: Context, fix: boolean, failure: TraseError): Promise<Diagnoses> {
  const { host, packageRoot } = context
  const daemon = (await context.loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
  const env = { ...host.env, TRASEAI_HOME: host.paths.home }
  const found = await daemon.runDoctor({ env, packageRoot, fix, skipped: 'no gateway can be asked' })
  return [failed(failure), ...found.filter(({ code }) => code !== 'gateway')]
}

/** One that nobody wanted to start is no error; each other reason is. */
function failed({ code, message, hint, data }: TraseError): Diagnoses[number] {
  if (code === 'program_replaced') {
    const old = 'the gateway that runs is of another version, and does not know this command'
    return { code: 'gateway', severity: 'error', message: old, hint: 'traseai gateway restart' }
  }
  if (code === 'configuration_invalid') {
    return {
      code: 'gateway',
      severity: 'error',
      message: 'no gateway can be asked: none starts with this traseai.json',
    }
  }
  const [first = ''] = message.split('\n')
  const isUnstarted = code === 'gateway_unreachable' && data?.['why'] === undefined
  return {
    code: 'gateway',
    severity: isUnstarted ? 'warning' : 'error',
    message: isUnstarted ? first : `no gateway can be asked: ${first}`,
    ...(hint === undefined ? {} : { hint }),
  }
}
