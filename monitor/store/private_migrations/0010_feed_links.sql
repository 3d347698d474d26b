-- Secret addresses of feeds: each shows one view to whoever knows it, until it is revoked.

CREATE TABLE feed_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash TEXT NOT NULL UNIQUE,      -- SHA-256 of the token in the address
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  title TEXT NOT NULL,
  view TEXT NOT NULL CHECK (view IN ('triage', 'posts', 'incident')),
  asked TEXT NOT NULL DEFAULT '',       -- the filters, as the view's own address has them; of an incident, its number
  created_at TEXT NOT NULL,
  last_used_at TEXT,                    -- to the hour
  revoked_at TEXT
) STRICT;
CREATE INDEX feed_links_account ON feed_links (account_id);
