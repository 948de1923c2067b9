-- The event log: append-only, positions 1, 2, 3 … without gaps, one version after the other within a stream.
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  schema INTEGER NOT NULL CHECK (schema > 0),
  at INTEGER NOT NULL, -- milliseconds since 1970
  actor TEXT NOT NULL CHECK (json_valid(actor)),
  cause INTEGER CHECK (cause > 0 AND cause < position),
  data TEXT NOT NULL CHECK (json_valid(data)),
  -- The provider an event is about: its own field, else the part of the credential id before the first colon.
  provider TEXT GENERATED ALWAYS AS (
    coalesce(
      json_extract(data, '$.provider'),
      substr(json_extract(data, '$.profileId'), 1, instr(json_extract(data, '$.profileId'), ':') - 1)
    )
  ) VIRTUAL
) STRICT;

-- Every index ends with the position (the rowid) of itself, so `type = ? AND position > ?` is one search.
CREATE UNIQUE INDEX events_stream ON events (stream, version);
CREATE INDEX events_type ON events (type);
CREATE INDEX events_provider ON events (provider) WHERE provider IS NOT NULL;

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
BEGIN
  SELECT raise(ABORT, 'the event log is append-only');
END;

CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
BEGIN
  SELECT raise(ABORT, 'the event log is append-only');
END;

-- Also what stops INSERT OR REPLACE: it could otherwise delete a row without the DELETE trigger.
CREATE TRIGGER events_refuse_gaps BEFORE INSERT ON events
BEGIN
  SELECT raise(ABORT, 'the event log is append-only: the position must be the next one')
  WHERE NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events);
  SELECT raise(ABORT, 'the event log is append-only: the version must be the next one of its stream')
  WHERE NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream);
END;

-- Which positions the events of an hour lie between. A clock that was set back makes the spans of two hours overlap and
-- nothing worse; so a question about a time becomes a span of positions, whichever other index answers the rest.
CREATE TABLE event_hours (
  hour INTEGER PRIMARY KEY, -- hours since 1970
  first_position INTEGER NOT NULL,
  last_position INTEGER NOT NULL
) STRICT;

CREATE TRIGGER events_note_hour AFTER INSERT ON events
BEGIN
  INSERT INTO event_hours (hour, first_position, last_position)
  VALUES (NEW.at / 3600000, NEW.position, NEW.position)
  ON CONFLICT (hour) DO UPDATE SET last_position = excluded.last_position;
END;
