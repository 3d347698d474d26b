-- Times are UTC text, `2026-11-20T22:29:00Z`, so that they sort and read as they stand.
-- JSON columns hold arrays or objects that Datasette can facet.

CREATE TABLE feeds (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,             -- as feeds.yaml has it: its key
  fetch_url TEXT NOT NULL,              -- where it is polled now: differs after a permanent redirect
  title TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL DEFAULT '[]',
  every_seconds INTEGER,                -- fixed interval; NULL leaves it to the schedule
  full_text INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'active'  -- removed: no longer in feeds.yaml; shipped: the casebook
    CHECK (state IN ('active', 'disabled', 'gone', 'removed', 'shipped')),
  etag TEXT NOT NULL DEFAULT '',
  last_modified TEXT NOT NULL DEFAULT '',
  body_hash TEXT NOT NULL DEFAULT '',
  next_poll_at TEXT,
  next_poll_why TEXT NOT NULL DEFAULT '',
  lease_until TEXT,                     -- a poll is under way until then; a dead worker's lease runs out
  failures INTEGER NOT NULL DEFAULT 0,  -- in a row
  posts_rate REAL NOT NULL DEFAULT 0,   -- learnt posts a day
  last_polled_at TEXT,
  last_success_at TEXT,
  last_outcome TEXT NOT NULL DEFAULT '',
  last_error TEXT NOT NULL DEFAULT '',
  malformed TEXT NOT NULL DEFAULT '',   -- why a strict reader would refuse it
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX feeds_due ON feeds (next_poll_at) WHERE state = 'active';

CREATE TABLE polls (
  id INTEGER PRIMARY KEY,
  feed_id INTEGER NOT NULL REFERENCES feeds (id),
  polled_at TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('new', 'unchanged', 'moved', 'gone', 'failed')),
  status INTEGER,                       -- HTTP; NULL when no answer came
  bytes INTEGER NOT NULL DEFAULT 0,
  ms INTEGER NOT NULL DEFAULT 0,
  entries INTEGER NOT NULL DEFAULT 0,
  new_posts INTEGER NOT NULL DEFAULT 0,
  malformed TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT ''        -- in plain words
) STRICT;
CREATE INDEX polls_feed ON polls (feed_id, polled_at);
CREATE INDEX polls_time ON polls (polled_at);

CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  feed_id INTEGER NOT NULL REFERENCES feeds (id),
  guid TEXT NOT NULL,
  url TEXT NOT NULL,
  canonical_url TEXT NOT NULL,
  title TEXT NOT NULL,
  title_key TEXT NOT NULL,              -- folded words of the title: near-equal titles meet here
  author TEXT NOT NULL DEFAULT '',
  summary TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '',
  published_at TEXT NOT NULL,           -- the feed's date; the time seen when it gave none
  seen_at TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  score REAL NOT NULL DEFAULT 0,
  flagged INTEGER NOT NULL DEFAULT 0,
  UNIQUE (feed_id, guid)
) STRICT;
CREATE INDEX posts_canonical ON posts (canonical_url) WHERE canonical_url <> '';
CREATE INDEX posts_published ON posts (published_at);
CREATE INDEX posts_feed ON posts (feed_id, published_at);
CREATE INDEX posts_flagged ON posts (flagged, published_at);

CREATE VIRTUAL TABLE posts_fts USING fts5 (
  title, summary, text, author, content='posts', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER posts_fts_insert AFTER INSERT ON posts BEGIN
  INSERT INTO posts_fts (rowid, title, summary, text, author)
  VALUES (new.id, new.title, new.summary, new.text, new.author);
END;
CREATE TRIGGER posts_fts_delete AFTER DELETE ON posts BEGIN
  INSERT INTO posts_fts (posts_fts, rowid, title, summary, text, author)
  VALUES ('delete', old.id, old.title, old.summary, old.text, old.author);
END;
CREATE TRIGGER posts_fts_update AFTER UPDATE OF title, summary, text, author ON posts BEGIN
  INSERT INTO posts_fts (posts_fts, rowid, title, summary, text, author)
  VALUES ('delete', old.id, old.title, old.summary, old.text, old.author);
  INSERT INTO posts_fts (rowid, title, summary, text, author)
  VALUES (new.id, new.title, new.summary, new.text, new.author);
END;

CREATE TABLE post_versions (            -- what a post said before its publisher changed it
  id INTEGER PRIMARY KEY,
  post_id INTEGER NOT NULL REFERENCES posts (id),
  replaced_at TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  content_hash TEXT NOT NULL
) STRICT;
CREATE INDEX post_versions_post ON post_versions (post_id);

CREATE TABLE rules (                    -- a row for each version of a rule, by what it means
  id INTEGER PRIMARY KEY,
  rule TEXT NOT NULL,
  version TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  family TEXT NOT NULL,
  severity INTEGER NOT NULL,
  weight REAL NOT NULL,
  tags TEXT NOT NULL DEFAULT '[]',
  query TEXT NOT NULL,
  pack TEXT NOT NULL,
  is_live INTEGER NOT NULL DEFAULT 1,
  first_live_at TEXT NOT NULL
) STRICT;
CREATE INDEX rules_rule ON rules (rule);

CREATE TABLE matches (
  post_id INTEGER NOT NULL REFERENCES posts (id),
  rule_id INTEGER NOT NULL REFERENCES rules (id),
  weight REAL NOT NULL,
  spans TEXT NOT NULL,                  -- [[field, start, end], ...] in code points
  PRIMARY KEY (post_id, rule_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX matches_rule ON matches (rule_id);

CREATE TABLE incidents (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  organisation TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'watching', 'relevant', 'dismissed')),
  reason TEXT NOT NULL DEFAULT '',      -- why dismissed
  severity INTEGER NOT NULL,
  score REAL NOT NULL,
  posts INTEGER NOT NULL DEFAULT 0,
  sources INTEGER NOT NULL DEFAULT 0,   -- different hosts among the posts
  first_post_at TEXT NOT NULL,
  last_post_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  decided_at TEXT,
  decided_by TEXT NOT NULL DEFAULT '',
  casebook_id TEXT UNIQUE,              -- set on the shipped cases
  version INTEGER NOT NULL DEFAULT 1    -- raised by every change that a person makes
) STRICT;
CREATE INDEX incidents_queue ON incidents (status, last_post_at, id);
CREATE INDEX incidents_score ON incidents (status, score, id);

CREATE TABLE incident_posts (
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  post_id INTEGER NOT NULL REFERENCES posts (id),
  linked_by TEXT NOT NULL,              -- `failwatch`, or the person's name
  why TEXT NOT NULL,
  linked_at TEXT NOT NULL,
  PRIMARY KEY (incident_id, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_posts_post ON incident_posts (post_id);

CREATE TABLE tags (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  description TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE incident_tags (
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  tag_id INTEGER NOT NULL REFERENCES tags (id),
  tagged_by TEXT NOT NULL,              -- `rules`, or the person's name
  PRIMARY KEY (incident_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_tags_tag ON incident_tags (tag_id);

CREATE TABLE notes (
  id INTEGER PRIMARY KEY,
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX notes_incident ON notes (incident_id);

CREATE TABLE responses (                -- what the failing organisation said
  id INTEGER PRIMARY KEY,
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  said_on TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('deny', 'diminish', 'rebuild', 'bolster', 'silence')),
  outcome TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX responses_incident ON responses (incident_id);

CREATE TABLE lessons (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  stage TEXT NOT NULL DEFAULT 'identified'
    CHECK (stage IN ('identified', 'agreed', 'assigned', 'changed', 'verified')),
  what_happened TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '',
  avoid TEXT NOT NULL DEFAULT '',       -- how to avoid it
  recover TEXT NOT NULL DEFAULT '',     -- how to recover once it has happened
  here TEXT NOT NULL DEFAULT '',        -- could it happen here
  change TEXT NOT NULL DEFAULT '',      -- what we change
  casebook_id TEXT UNIQUE,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  updated_by TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE lesson_incidents (
  lesson_id INTEGER NOT NULL REFERENCES lessons (id),
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  PRIMARY KEY (lesson_id, incident_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lesson_incidents_incident ON lesson_incidents (incident_id);

CREATE TABLE exports (                  -- the ledger of pages that we wrote
  id INTEGER PRIMARY KEY,
  wiki TEXT NOT NULL,                   -- the wiki's name in failwatch.yaml
  lesson_id INTEGER NOT NULL REFERENCES lessons (id),
  page TEXT NOT NULL DEFAULT '',        -- title or path, as the wiki has it
  page_id TEXT NOT NULL DEFAULT '',     -- what stays the same when the page is renamed
  revision TEXT NOT NULL DEFAULT '',
  source_hash TEXT NOT NULL DEFAULT '', -- of what we rendered
  stored_hash TEXT NOT NULL DEFAULT '', -- of our part of the page as read back
  state TEXT NOT NULL CHECK (state IN ('written', 'drift', 'detached', 'gone', 'blocked', 'failed')),
  error TEXT NOT NULL DEFAULT '',
  exported_at TEXT NOT NULL,
  UNIQUE (wiki, lesson_id)
) STRICT;

CREATE TABLE alerts (                   -- the outbox
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL DEFAULT 'incident' CHECK (kind IN ('incident')),
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  subscriber_id INTEGER NOT NULL,       -- in private.db: no address is ever served
  message_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL DEFAULT 'queued'
    CHECK (state IN ('queued', 'claimed', 'sending', 'sent', 'retry', 'refused', 'in_doubt', 'expired')),
  why TEXT NOT NULL DEFAULT '',         -- why this subscriber is told, or why it failed
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TEXT NOT NULL,
  lease_until TEXT,
  was_in_doubt INTEGER NOT NULL DEFAULT 0,
  reply TEXT NOT NULL DEFAULT '',       -- the server's last words
  created_at TEXT NOT NULL,
  sent_at TEXT,
  UNIQUE (kind, incident_id, subscriber_id)
) STRICT;
CREATE INDEX alerts_due ON alerts (state, next_attempt_at);

CREATE TABLE audit (                    -- append-only
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,                 -- `incident.status`, `lesson.save`, ...
  item TEXT NOT NULL,                   -- `incident:17`
  before TEXT NOT NULL DEFAULT '{}',
  after TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX audit_item ON audit (item, id);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TABLE health (                   -- what the processes say of themselves: one row a topic
  topic TEXT PRIMARY KEY,               -- `worker`, `config`, `mail`
  state TEXT NOT NULL,                  -- `ok` or `fault`
  message TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
