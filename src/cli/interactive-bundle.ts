// What the bundle of the dialogues offers to commands, and the way to it: what it holds would cost every other command start-up time.
import type { ServiceChoice } from '../service/service-of-home.ts'
import type { Scope, ServiceManager } from '../service/init-system.ts'
import type { Context } from './context.ts'
import type { ImportTool } from './import-tools.ts'

/** What src/cli/interactive/main.ts exports. */
export interface InteractiveBundle {
  readonly interactive: Interactive
}

/** One property for each thing the bundle can do. */
export interface Interactive {
  /** Finds keys on this machine and gives the gateway those that the user wants; resolves to the exit status. */
  onboard(context: Context, options: OnboardOptions): Promise<number>
  /** A dialogue with a model at a terminal, or one message through a pipe; resolves to the exit status. */
  chat(context: Context, options: ChatOptions): Promise<number>
  /** A text as a QR code, as lines for a terminal; null when it has no room for them. */
  qrCode(text: string, room: QrRoom): string | null
  /** The manager of a service that is installed, or that is to be. @throws TraseError `service_manager` where there is none */
  serviceManager(context: Pick<Context, 'host' | 'packageRoot'>, choice: ServiceChoice): ServiceManager
  /** Prints the log that the service manager keeps; ends by itself unless it follows. @throws TraseError `program_missing`, `service_manager` */
  printServiceLog(context: Context, manager: ServiceManager, options: LogOptions): Promise<void>
  /** Has the service manager of this machine run the gateway; resolves to the exit status. */
  installService(context: Context, options: InstallOptions): Promise<number>
  /** Takes that back; resolves to the exit status. */
  uninstallService(context: Context, options: UninstallOptions): Promise<number>
}

export interface LogOptions {
  /** How many of the newest lines. */
  readonly lines: number
  readonly follow: boolean
}

export interface UninstallOptions {
  readonly scope: Scope
  /** Cut the requests under way. */
  readonly now: boolean
}

export interface InstallOptions {
  readonly scope: Scope
  /** The user that a service of the machine runs as; null for one of the service manager's making. */
  readonly runAs: string | null
  /** Whether the credentials are looked at every half hour, without the gateway. */
  readonly monitor: boolean
}

/** A terminal, as far as a QR code must know it. */
export interface QrRoom {
  readonly columns: number
  readonly rows: number
  /** Colours may be used: then it is black on white whatever the terminal's own are. */
  readonly color: boolean
}

/** A key that the command line names. */
export interface GivenKey {
  readonly provider: string
  readonly kind: 'api_key' | 'token'
  /** The path of a file; null for standard input. */
  readonly file: string | null
}

export interface OnboardOptions {
  readonly interactive: boolean
  /** Plain lines instead of what is drawn on a terminal. */
  readonly plain: boolean
  readonly agent: string | undefined
  /** The following are for a run without questions. */
  readonly keys: readonly GivenKey[]
  /** Tools whose keys are taken; null for all of them. */
  readonly imports: readonly ImportTool[] | null
  readonly store: 'vault' | 'env'
  readonly replace: boolean
  readonly defaultModel: string | undefined
}

export interface ChatOptions {
  /** `provider/model[@credential]` or an alias. */
  readonly model: string | undefined
  readonly session: string | undefined
  readonly agent: string | undefined
  /** What the model is told before everything else: as it is, or in a file. */
  readonly system: string | undefined
  readonly systemFile: string | undefined
}

/** Loads the bundle; the first call takes some milliseconds. */
export async function loadInteractive(context: Pick<Context, 'loadInteractive'>): Promise<Interactive> {
  const bundle = (await context.loadInteractive()) as InteractiveBundle // built from the same sources
  return bundle.interactive
}
