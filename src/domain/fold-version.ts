// Which fold a snapshot was made by; in a file of its own, so that the storage thread can be started before the fold is loaded.

/** Grows by one whenever the fold changes its meaning or shape, so that older snapshots are not used. */
export const foldVersion = 4
