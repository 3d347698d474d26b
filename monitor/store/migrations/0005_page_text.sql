-- The pages of posts whose feed gives a teaser only: wanted, read or given up, and why.
-- Independent of the migrations before it but the first.

ALTER TABLE posts ADD COLUMN text_from TEXT NOT NULL DEFAULT 'feed'
  CHECK (text_from IN ('feed', 'page'));

ALTER TABLE polls ADD COLUMN pages INTEGER NOT NULL DEFAULT 0;       -- wanted for this poll's posts
ALTER TABLE polls ADD COLUMN pages_left INTEGER NOT NULL DEFAULT 0;  -- beyond what one feed may want

CREATE TABLE pages (
  post_id INTEGER PRIMARY KEY REFERENCES posts (id),
  host TEXT NOT NULL,                   -- of the post's address: few of one are read at once
  state TEXT NOT NULL CHECK (state IN ('wanted', 'read', 'nothing', 'refused', 'failed', 'left')),
  why TEXT NOT NULL CHECK (why IN ('listed', 'matched')),
  is_backlog INTEGER NOT NULL CHECK (is_backlog IN (0, 1)),  -- of a feed's first poll: sends no mail
  wanted_at TEXT NOT NULL,
  next_try_at TEXT NOT NULL,
  lease_until TEXT,                     -- it is being read until then; a dead worker's lease runs out
  tries INTEGER NOT NULL DEFAULT 0,     -- counted when one begins, so that no page can be tried for ever
  tried_at TEXT,
  status INTEGER,                       -- HTTP; NULL when no answer came
  outcome TEXT NOT NULL DEFAULT ''      -- in plain words
) STRICT;
CREATE INDEX pages_wanted ON pages (next_try_at) WHERE state = 'wanted';
CREATE INDEX pages_lease ON pages (lease_until) WHERE lease_until IS NOT NULL;
