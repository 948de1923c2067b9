// What commands need of the program that runs services on this host, whichever it is: systemd or launchd.

/** `user`: runs as the user who installs it, from their session on (or from boot, with linger). `system`: from boot, as a user of its own. */
export type Scope = 'user' | 'system'

/** Everything an installed service is told; no secret and nothing of the caller's environment. */
export interface ServicePlan {
  readonly scope: Scope
  /** Absolute: the Node binary that runs the gateway. */
  readonly node: string
  /** Absolute: `bin/traseai.js`. */
  readonly program: string
  /** Absolute: `TRASEAI_HOME` of the service. */
  readonly home: string
  /** Absolute: the control socket. */
  readonly socket: string
  /** Where the configuration tells the gateway to listen: `127.0.0.1:7717`; null when nobody can hold that for it, such as any free port. */
  readonly http: string | null
  /** The user that a system service runs as; null for one of the service manager's making. Always null for a user service. */
  readonly runAs: string | null
  /** Whether the check of the credentials is installed beside it. */
  readonly monitor: boolean
  /** `gateway.drainMs`, for a service manager that cannot be asked for more time at a stop. Default: 30 s. */
  readonly drainMs?: number
}

export interface FileChange {
  readonly path: string
  readonly change: 'created' | 'updated' | 'unchanged' | 'removed'
}

/** What an install or uninstall did, in the order in which it did it. */
export interface ServiceChange {
  readonly files: readonly FileChange[]
  /** What was asked of the service manager, as a person would type it: `systemctl --user daemon-reload`. */
  readonly commands: readonly string[]
  /** What the person has to do for it to work as they expect, such as to turn linger on; mostly nothing. */
  readonly advice: readonly string[]
}

export interface ServiceState {
  /** `starting` and `stopping` last for as long as the gateway takes; `failed` stays until somebody looks. */
  readonly activity: 'running' | 'starting' | 'stopping' | 'stopped' | 'failed'
  readonly pid: number | null
  /** Starts by itself. */
  readonly enabled: boolean
  /** What the gateway says of itself, where the service manager keeps it; null elsewhere. */
  readonly status: string | null
  /** Why it is not running, in the service manager's words; null while it runs. */
  readonly why: string | null
  /** No gateway runs, but its sockets are held: whoever connects starts it. False where nobody can tell. */
  readonly onDemand?: boolean
}

/** One service manager in one scope. Its methods throw TraseError `service_manager` with what it said, `permission_denied` when only root may. */
export interface ServiceManager {
  readonly kind: 'systemd' | 'launchd'
  readonly scope: Scope
  /** How its own tools name the service: `traseai.service`, `ai.traseai.gateway`. */
  readonly name: string
  /** The home that the installed service serves; null when none is installed. Reads files only, and starts nothing. */
  installedHome(): Promise<string | null>
  /** Writes and enables; what is there is updated in place, and a service that runs is restarted when something changed. */
  install(plan: ServicePlan): Promise<ServiceChange>
  /** Stops, disables and removes everything that `install` wrote. The home stays. */
  uninstall(): Promise<ServiceChange>
  /** Resolves when the gateway is ready. */
  start(): Promise<void>
  /** Resolves when it has ended; the sockets that the service manager holds are closed too. */
  stop(): Promise<void>
  /** Resolves when the new one is ready; held sockets stay open. */
  restart(): Promise<void>
  state(): Promise<ServiceState>
  /** The program that prints its log, with its arguments: `journalctl --user -u traseai …`; null when it is the gateway's own file. */
  logCommand(options: { readonly lines: number; readonly follow: boolean }): readonly [string, ...string[]] | null
}
