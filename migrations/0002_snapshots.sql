-- States folded from the log up to a position, so that a start need not read the whole of it. Derived: may be deleted.
CREATE TABLE snapshots (
  position INTEGER PRIMARY KEY,
  fold_version INTEGER NOT NULL,
  at INTEGER NOT NULL, -- milliseconds since 1970
  state TEXT NOT NULL CHECK (json_valid(state))
) STRICT;
