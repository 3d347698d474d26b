-- What a rule's version meant, so that `rules history` and `rules diff` can say what changed.

ALTER TABLE rules ADD COLUMN languages TEXT NOT NULL DEFAULT '[]';
ALTER TABLE rules ADD COLUMN lists TEXT NOT NULL DEFAULT '{}';  -- name -> version in term_lists
ALTER TABLE rules ADD COLUMN retired_at TEXT;                   -- NULL while it is in force

CREATE TABLE term_lists (               -- a row for each version of a list that a rule used
  id INTEGER PRIMARY KEY,
  version TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  terms TEXT NOT NULL,
  first_seen_at TEXT NOT NULL
) STRICT;
