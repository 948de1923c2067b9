// What is known of the gateway since it runs: from when, where it listens, and how it ends.

export interface Running {
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** The folder that the program is installed in. */
  readonly packageRoot: string
  /** Where the configuration told it to listen when it started (port 0 is any free one), or else a socket that the service manager handed over. */
  readonly listening: { readonly host: string; readonly port: number; readonly isHanded: boolean }
  /** `http://host:port`, null when HTTP is not up, or not any more. */
  http(): string | null
  /** Null until it stops. */
  draining(): Draining | null
  /** Begins to stop; returns at once. */
  stop(reason: string): void
  /** Cuts the requests that a stop still waits for, now or once it has begun. */
  cut(): void
}

/** What a stop waits for. */
export interface Draining {
  /** Requests under way. */
  readonly requests: number
  /** Epoch milliseconds: then they are cut. */
  readonly until: number
}
