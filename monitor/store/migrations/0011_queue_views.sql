-- Views of the queue that people keep. Independent of the migrations before it but the first.

CREATE TABLE queue_views (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE,
  query TEXT NOT NULL,                  -- the filters, as in the address: `status=watching&tag=hoax`
  owner TEXT NOT NULL,                  -- name of an account
  is_shared INTEGER NOT NULL DEFAULT 0 CHECK (is_shared IN (0, 1)),
  created_at TEXT NOT NULL,
  UNIQUE (owner, name)
) STRICT;
