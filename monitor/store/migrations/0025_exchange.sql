-- Cases told without names, for other houses; and theirs, kept apart from what the team writes.
-- Independent of the migrations before it but the first.

CREATE TABLE disguises (                -- a lesson's text without names, as an editor wrote it
  lesson_id INTEGER PRIMARY KEY REFERENCES lessons (id),
  texts TEXT NOT NULL,                  -- JSON: box -> text
  allowed TEXT NOT NULL DEFAULT '[]',   -- JSON: words of which an editor said that they are no names
  of_lesson TEXT NOT NULL,              -- hash of the lesson's texts when it was made
  version INTEGER NOT NULL DEFAULT 1,
  written_by TEXT NOT NULL,
  written_at TEXT NOT NULL
) STRICT;

CREATE TABLE trusted_keys (             -- whose bundles are taken in
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,                   -- what the administrator calls them
  trusted_by TEXT NOT NULL,
  trusted_at TEXT NOT NULL,
  ended_by TEXT NOT NULL DEFAULT '',
  ended_at TEXT NOT NULL DEFAULT ''     -- trust was withdrawn: what came stays, nothing more comes in
) STRICT;

CREATE TABLE received_cases (           -- each wording of each case, for good: nobody edits them
  id INTEGER PRIMARY KEY,
  key_id INTEGER NOT NULL REFERENCES trusted_keys (id),
  original TEXT NOT NULL,               -- the sender's mark of the case
  revision TEXT NOT NULL,               -- hash of this wording
  title TEXT NOT NULL,
  kind TEXT NOT NULL,
  content TEXT NOT NULL,                -- the case as it came, as JSON
  made_at TEXT NOT NULL,                -- when they signed it
  bundle TEXT NOT NULL,                 -- hash of the file that brought it
  received_by TEXT NOT NULL,
  received_at TEXT NOT NULL,
  UNIQUE (key_id, original, revision)
) STRICT;
CREATE INDEX received_cases_newest ON received_cases (key_id, original, made_at);
