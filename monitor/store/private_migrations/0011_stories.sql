-- Stories that people send by a link that an administrator made; none is made by itself.

CREATE TABLE story_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash TEXT NOT NULL UNIQUE,      -- SHA-256 of what stands in the link
  name TEXT NOT NULL,                   -- whom it was made for
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT
) STRICT;

CREATE TABLE stories (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  link_id INTEGER NOT NULL REFERENCES story_links (id),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  contact TEXT NOT NULL DEFAULT '',     -- as the sender wrote it; empty: nobody is to ask back
  sender TEXT NOT NULL,                 -- keyed hash of the address that it came from; emptied after a day
  state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'taken', 'aside')),
  sent_at TEXT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT NOT NULL DEFAULT '',
  lesson_id INTEGER                     -- in failwatch.db
) STRICT;
CREATE INDEX stories_state ON stories (state, id);
CREATE INDEX stories_time ON stories (sent_at, link_id, sender);
