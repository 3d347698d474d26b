-- Pages of any kind, not of lessons alone, with what people wrote on them and what they decided:
-- made anew, since a CHECK and a NOT NULL cannot be changed.
CREATE TABLE exports_anew (
  id INTEGER PRIMARY KEY,
  wiki TEXT NOT NULL,                   -- the wiki's name in failwatch.yaml
  key TEXT NOT NULL,                    -- which page: `lesson-17`, `index`, `sector-4`
  lesson_id INTEGER REFERENCES lessons (id),
  title TEXT NOT NULL DEFAULT '',       -- the name that we last gave it
  page TEXT NOT NULL DEFAULT '',        -- title or path, as the wiki has it
  page_id TEXT NOT NULL DEFAULT '',     -- what stays the same when the page is renamed
  url TEXT NOT NULL DEFAULT '',         -- where people read it
  revision TEXT NOT NULL DEFAULT '',
  intent_hash TEXT NOT NULL DEFAULT '', -- of what we are about to write
  stored_hash TEXT NOT NULL DEFAULT '', -- of our part of the page as read back
  stored TEXT NOT NULL DEFAULT '',      -- our part of the page as read back
  people TEXT NOT NULL DEFAULT '',      -- people's part as last seen
  state TEXT NOT NULL
    CHECK (state IN ('wanted', 'written', 'withdrawn', 'drift', 'detached', 'gone', 'blocked', 'conflict', 'left', 'failed')),
  reason TEXT NOT NULL DEFAULT '',      -- why it was left alone, or what went wrong
  diff TEXT NOT NULL DEFAULT '',        -- for drift: what people changed in our part
  wish TEXT NOT NULL DEFAULT '' CHECK (wish IN ('', 'overwrite', 'leave')),
  exported_at TEXT NOT NULL,            -- when we last wrote it, or found that it is left alone
  UNIQUE (wiki, key)
) STRICT;
INSERT INTO exports_anew (wiki, key, lesson_id, page, page_id, revision, stored_hash, intent_hash, state, reason, exported_at)
  SELECT wiki, 'lesson-' || lesson_id, lesson_id, page, page_id, revision, stored_hash, '', state, error, exported_at FROM exports;
DROP TABLE exports;
ALTER TABLE exports_anew RENAME TO exports;
CREATE INDEX exports_lesson ON exports (lesson_id);

CREATE TABLE export_runs (              -- every export that was made, one row a wiki
  id INTEGER PRIMARY KEY,
  wiki TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,                        -- NULL: under way, or killed
  asked_by TEXT NOT NULL,               -- a person, `shell:…`, or `schedule`
  written INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  left_alone INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX export_runs_wiki ON export_runs (wiki, id);

CREATE TABLE export_wishes (            -- lessons that somebody wants on the wikis now
  lesson_id INTEGER PRIMARY KEY REFERENCES lessons (id),
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL
) STRICT;
