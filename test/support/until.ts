// Waits for a condition instead of for time.

/** Resolves as soon as `condition` holds; rejects after a time that only a hang reaches. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: () => string = () => condition.toString(),
): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not so: ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
