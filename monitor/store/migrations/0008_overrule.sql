-- What people change in incidents: merge, split, move, undo, and the duties that they share.
-- Independent of the migrations before it but the first and 0004.

-- Set on an incident that was merged: its number stays and leads here. It has no posts of its own.
ALTER TABLE incidents ADD COLUMN merged_into INTEGER REFERENCES incidents (id);
CREATE INDEX incidents_merged_into ON incidents (merged_into) WHERE merged_into IS NOT NULL;

ALTER TABLE incidents ADD COLUMN severity_by TEXT NOT NULL DEFAULT '';  -- who set it; empty: the rules
ALTER TABLE incidents ADD COLUMN owner TEXT NOT NULL DEFAULT '';        -- name of an account
ALTER TABLE incidents ADD COLUMN due_on TEXT;                           -- a day
ALTER TABLE incidents ADD COLUMN handover TEXT NOT NULL DEFAULT '';     -- what its owner should know
ALTER TABLE incidents ADD COLUMN snoozed_until TEXT;                    -- left out of the queue till then
CREATE INDEX incidents_owner ON incidents (owner, due_on) WHERE owner <> '';
CREATE INDEX incidents_due ON incidents (due_on) WHERE due_on IS NOT NULL;
CREATE INDEX incidents_snoozed ON incidents (snoozed_until) WHERE snoozed_until IS NOT NULL;

-- Everything of an incident is looked up when it is merged or split.
CREATE INDEX alerts_incident ON alerts (incident_id);
CREATE INDEX recall_posts_incident ON recall_posts (incident_id) WHERE incident_id IS NOT NULL;

CREATE TABLE changes (                  -- what a person changed, so that it can be undone for a day
  id INTEGER PRIMARY KEY,
  what TEXT NOT NULL,                   -- `incident.merge`, `incident.tag`, ...
  incident_id INTEGER REFERENCES incidents (id),  -- NULL: a change of the vocabulary
  audit_id INTEGER NOT NULL REFERENCES audit (id),
  words TEXT NOT NULL,                  -- the change as a sentence
  before TEXT NOT NULL,                 -- every row that it touched, as it was
  after TEXT NOT NULL,                  -- and as it became
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  undone_at TEXT,
  undone_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX changes_incident ON changes (incident_id, id);
CREATE INDEX changes_actor ON changes (actor, id);
CREATE INDEX changes_audit ON changes (audit_id);

CREATE TABLE overrules (                -- labels: where a person put a post, against Failwatch or with it
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('join', 'apart')),
  post_id INTEGER NOT NULL REFERENCES posts (id),
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  by TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX overrules_incident ON overrules (incident_id, post_id);
CREATE INDEX overrules_post ON overrules (post_id, incident_id);

CREATE TABLE tag_synonyms (             -- other words for a tag: whoever types one gets the tag
  word TEXT PRIMARY KEY COLLATE NOCASE,
  tag_id INTEGER NOT NULL REFERENCES tags (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_synonyms_tag ON tag_synonyms (tag_id);

CREATE TABLE mentions (                 -- a person who is named in a note, as @name
  note_id INTEGER NOT NULL REFERENCES notes (id),
  name TEXT NOT NULL COLLATE NOCASE,
  seen_at TEXT,                         -- NULL: not looked at yet
  PRIMARY KEY (note_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_name ON mentions (name) WHERE seen_at IS NULL;

ALTER TABLE responses ADD COLUMN url TEXT NOT NULL DEFAULT '';       -- where it was said
ALTER TABLE responses ADD COLUMN added_by TEXT NOT NULL DEFAULT '';  -- empty: the casebook

CREATE TABLE revisits (                 -- another look at a relevant incident, some days later
  id INTEGER PRIMARY KEY,
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  days INTEGER NOT NULL CHECK (days IN (1, 7, 30, 90)),
  due_at TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT ''      -- empty: nobody has looked yet
    CHECK (outcome IN ('', 'over', 'calmer', 'same', 'worse', 'again')),
  text TEXT NOT NULL DEFAULT '',        -- what followed
  done_at TEXT,
  done_by TEXT NOT NULL DEFAULT '',
  UNIQUE (incident_id, days)
) STRICT;
CREATE INDEX revisits_open ON revisits (due_at) WHERE outcome = '';

CREATE TABLE second_readings (          -- a decided incident that another person reads, not knowing how
  id INTEGER PRIMARY KEY,
  incident_id INTEGER NOT NULL UNIQUE REFERENCES incidents (id),
  first_status TEXT NOT NULL CHECK (first_status IN ('relevant', 'dismissed')),
  first_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'relevant', 'dismissed')),
  reason TEXT NOT NULL DEFAULT '',
  answered_at TEXT,
  answered_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX second_readings_open ON second_readings (id) WHERE answer = '';

-- What an incident is found by when another resembles it: its titles, how it began, its lessons.
CREATE VIRTUAL TABLE incidents_fts USING fts5 (
  title, summary, lessons, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE incidents_fts_words USING fts5vocab ('incidents_fts', 'row');
CREATE VIEW incident_words AS
SELECT incidents.id,
  incidents.title || ' ' || incidents.organisation AS title,
  coalesce((SELECT substr(CASE WHEN posts.summary <> '' THEN posts.summary ELSE posts.text END, 1, 1000)
    FROM incident_posts JOIN posts ON posts.id = post_id WHERE incident_id = incidents.id
    ORDER BY is_known, published_at, posts.id LIMIT 1), '') AS summary,
  coalesce((SELECT group_concat(concat_ws(' ', lessons.title, what_happened, why, avoid, recover, here, change), ' ')
    FROM lesson_incidents JOIN lessons ON lessons.id = lesson_id WHERE incident_id = incidents.id), '') AS lessons
FROM incidents;

CREATE TRIGGER incidents_fts_start AFTER INSERT ON incidents BEGIN
  INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)
  SELECT id, title, summary, lessons FROM incident_words WHERE id = new.id;
END;
CREATE TRIGGER incidents_fts_name AFTER UPDATE OF title, organisation ON incidents BEGIN
  INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)
  SELECT id, title, summary, lessons FROM incident_words WHERE id = new.id;
END;
CREATE TRIGGER incidents_fts_join AFTER INSERT ON incident_posts BEGIN
  INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)
  SELECT id, title, summary, lessons FROM incident_words WHERE id = new.incident_id;
END;
CREATE TRIGGER incidents_fts_leave AFTER DELETE ON incident_posts BEGIN
  INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)
  SELECT id, title, summary, lessons FROM incident_words WHERE id = old.incident_id;
END;
CREATE TRIGGER incidents_fts_learn AFTER INSERT ON lesson_incidents BEGIN
  INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)
  SELECT id, title, summary, lessons FROM incident_words WHERE id = new.incident_id;
END;
CREATE TRIGGER incidents_fts_unlearn AFTER DELETE ON lesson_incidents BEGIN
  INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)
  SELECT id, title, summary, lessons FROM incident_words WHERE id = old.incident_id;
END;
CREATE TRIGGER incidents_fts_lesson AFTER UPDATE ON lessons BEGIN
  INSERT OR REPLACE INTO incidents_fts (rowid, title, summary, lessons)
  SELECT incident_words.id, title, summary, lessons FROM incident_words
  WHERE incident_words.id IN (SELECT incident_id FROM lesson_incidents WHERE lesson_id = new.id);
END;
INSERT INTO incidents_fts (rowid, title, summary, lessons) SELECT id, title, summary, lessons FROM incident_words;

-- Relevant ones that were decided before there were revisits: the looks that still lie ahead of 90 days.
INSERT INTO revisits (incident_id, days, due_at)
SELECT id, days, strftime('%Y-%m-%dT%H:%M:%SZ', decided_at, '+' || days || ' days') FROM incidents
JOIN (SELECT 1 AS days UNION SELECT 7 UNION SELECT 30 UNION SELECT 90)
WHERE status = 'relevant' AND decided_at IS NOT NULL AND casebook_id IS NULL
  AND strftime('%Y-%m-%dT%H:%M:%SZ', decided_at, '+' || days || ' days') > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');
