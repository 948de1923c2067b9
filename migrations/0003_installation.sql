-- What makes this database itself: the key of its fingerprints, drawn once.
CREATE TABLE installation (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key BLOB NOT NULL CHECK (length(key) = 32),
  created_at INTEGER NOT NULL -- milliseconds since 1970
) STRICT;

CREATE TRIGGER installation_refuse_update BEFORE UPDATE ON installation
BEGIN
  SELECT raise(ABORT, 'the installation key never changes');
END;

CREATE TRIGGER installation_refuse_delete BEFORE DELETE ON installation
BEGIN
  SELECT raise(ABORT, 'the installation key never changes');
END;
