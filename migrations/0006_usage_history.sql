-- What model requests took, by hour: sums, so that what is added twice a minute stays one row. Old hours become days, and old days go.
CREATE TABLE usage_history (
  start INTEGER NOT NULL, -- hours since 1970
  hours INTEGER NOT NULL CHECK (hours IN (1, 24)),
  provider TEXT NOT NULL,
  profile_id TEXT NOT NULL, -- empty when no credential was tried
  model TEXT NOT NULL, -- empty when none was named
  agent TEXT NOT NULL, -- empty when none was named
  client TEXT NOT NULL,
  requests INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  rate_limited INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  client_left INTEGER NOT NULL,
  provider_error INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cached_input_tokens INTEGER NOT NULL, -- part of input_tokens
  reasoning_tokens INTEGER NOT NULL, -- part of output_tokens
  uncounted INTEGER NOT NULL, -- successful generations whose tokens nobody told
  duration_ms INTEGER NOT NULL,
  waited_ms INTEGER NOT NULL,
  -- Successful answers by the time to their first content: up to so many milliseconds, and more than the last.
  first_50 INTEGER NOT NULL,
  first_100 INTEGER NOT NULL,
  first_200 INTEGER NOT NULL,
  first_400 INTEGER NOT NULL,
  first_800 INTEGER NOT NULL,
  first_1600 INTEGER NOT NULL,
  first_3200 INTEGER NOT NULL,
  first_6400 INTEGER NOT NULL,
  first_12800 INTEGER NOT NULL,
  first_25600 INTEGER NOT NULL,
  first_more INTEGER NOT NULL,
  PRIMARY KEY (start, hours, provider, profile_id, model, agent, client)
) STRICT, WITHOUT ROWID;
