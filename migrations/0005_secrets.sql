-- The master key that all kept secrets are wrapped with: which one it is and who keeps it, nothing about the key itself.
CREATE TABLE vault_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key_id TEXT NOT NULL UNIQUE CHECK (length(key_id) = 16),
  keeper TEXT NOT NULL,
  parameters TEXT NOT NULL CHECK (json_valid(parameters))
) STRICT;

CREATE TABLE secrets (
  profile_id TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 16),
  -- One master key for all of them: a secret that was sealed under the one before can come no more.
  key_id TEXT NOT NULL REFERENCES vault_key (key_id) ON UPDATE CASCADE,
  place INTEGER NOT NULL UNIQUE REFERENCES secret_places (id)
) STRICT, WITHOUT ROWID;

-- The bytes of secrets apart from everything that comes and goes. When rows are deleted or grow, SQLite moves their
-- neighbours to other pages and leaves copies of them behind, in spite of secure_delete. So a place is made at the end of
-- the table, keeps its size for ever, and is overwritten where it is: with zeros, and later with another secret.
CREATE TABLE secret_places (
  id INTEGER PRIMARY KEY,
  wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) BETWEEN 48 AND 1024),
  sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 28 AND 1048576)
) STRICT;

CREATE TRIGGER secret_places_refuse_delete BEFORE DELETE ON secret_places
BEGIN
  SELECT raise(ABORT, 'the place of a secret is kept, and used again');
END;

CREATE TRIGGER secret_places_refuse_other_sizes BEFORE UPDATE ON secret_places
WHEN length(NEW.wrapped_key) <> length(OLD.wrapped_key) OR length(NEW.sealed) <> length(OLD.sealed)
  OR NEW.id <> OLD.id
BEGIN
  SELECT raise(ABORT, 'the place of a secret keeps its size');
END;

CREATE TRIGGER secrets_are_overwritten AFTER DELETE ON secrets
BEGIN
  UPDATE secret_places SET wrapped_key = zeroblob(length(wrapped_key)), sealed = zeroblob(length(sealed))
  WHERE id = OLD.place;
END;

-- What an event makes void is destroyed in the event's own transaction, whoever wrote the event.
CREATE TRIGGER secrets_go_with_their_credential AFTER INSERT ON events WHEN NEW.type = 'CredentialRemoved'
BEGIN
  DELETE FROM secrets WHERE profile_id = json_extract(NEW.data, '$.profileId');
END;

CREATE TRIGGER secrets_go_with_their_value AFTER INSERT ON events WHEN NEW.type = 'CredentialRotated'
BEGIN
  DELETE FROM secrets
  WHERE profile_id = json_extract(NEW.data, '$.profileId') AND fingerprint IS NOT json_extract(NEW.data, '$.to');
END;
