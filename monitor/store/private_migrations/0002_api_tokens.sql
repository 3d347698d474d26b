-- Keys for scripts: each acts as its owner, with their role as it is at that moment.

CREATE TABLE api_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash TEXT NOT NULL UNIQUE,      -- SHA-256 of the token
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,                   -- what it is for
  created_at TEXT NOT NULL,
  last_used_at TEXT,                    -- to the hour: a day's use is not a day's writing
  revoked_at TEXT
) STRICT;
CREATE INDEX api_tokens_account ON api_tokens (account_id);
