-- The master key that all kept secrets are wrapped with: which one it is and who keeps it, nothing about the key itself.
CREATE TABLE vault_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key_id TEXT NOT NULL UNIQUE CHECK (length(key_id) = 16),
  keeper TEXT NOT NULL,
  parameters TEXT NOT NULL CHECK (json_valid(parameters))
) STRICT;

-- A table with rowids: new rows go to the end and no bytes of the others have to move for them.
CREATE TABLE secrets (
  id INTEGER PRIMARY KEY,
  profile_id TEXT NOT NULL UNIQUE,
  fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 16),
  -- One master key for all of them: a secret that was sealed under the one before can come no more.
  key_id TEXT NOT NULL REFERENCES vault_key (key_id) ON UPDATE CASCADE,
  wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) BETWEEN 48 AND 1024),
  sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 28 AND 1048576)
) STRICT;

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
