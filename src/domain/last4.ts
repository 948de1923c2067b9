// How much of a secret may be shown, to tell it from others.

/** Shorter ones show nothing of themselves; the others their last four characters. */
export const charactersForLast4 = 20
