-- How often and when last each credential was used: too frequent to be events.
CREATE TABLE usage (
  profile_id TEXT PRIMARY KEY,
  requests INTEGER NOT NULL CHECK (requests >= 0),
  last_used_at INTEGER NOT NULL -- milliseconds since 1970
) STRICT, WITHOUT ROWID;
