// How the next credential of a provider is chosen among those that may be used.

export const strategies = ['ordered', 'round-robin', 'headroom'] as const
export type Strategy = (typeof strategies)[number]
