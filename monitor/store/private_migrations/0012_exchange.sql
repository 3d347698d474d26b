-- The key that signs what this house sends to others: one, made at first use.

CREATE TABLE signing_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  secret BLOB NOT NULL CHECK (length(secret) = 32),
  made_at TEXT NOT NULL
) STRICT;
