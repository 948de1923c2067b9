// What sees a copy of an answer's body as it passes, to count what it says, and never delays it.

export interface Tap {
  /** The very bytes that go to the client, compressed if they are; must not change them, keep them for long, or throw. */
  chunk(bytes: Buffer): void
  /** Once, after the last chunk. False when the answer broke off or the client left. */
  end(isComplete: boolean): void
}
