-- One story once: copies folded, what incidents are grouped by, suggestions, organisations with roles.
-- Independent of the migrations before it but the first and 0004.

-- The first of the copies that a post is one of; NULL: it is the first, or has no copies.
ALTER TABLE posts ADD COLUMN copy_of INTEGER REFERENCES posts (id);
CREATE INDEX posts_copy_of ON posts (copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX posts_title_key ON posts (title_key, published_at) WHERE flagged AND title_key <> '';

-- When a post came after a long silence; NULL: it was never silent.
ALTER TABLE incidents ADD COLUMN reopened_at TEXT;

CREATE TABLE sketches (                 -- of flagged posts: which runs of words they hold
  hash INTEGER NOT NULL,
  post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  PRIMARY KEY (hash, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sketches_post ON sketches (post_id);

-- What incidents are found and compared by. All of it is reckoned from their posts, and anew after
-- any link changed, whoever changed it: `incident_stale` says which.
CREATE TABLE incident_traits (
  incident_id INTEGER PRIMARY KEY REFERENCES incidents (id) ON DELETE CASCADE,
  terms TEXT NOT NULL,                  -- JSON: term -> weight
  keys TEXT NOT NULL                    -- JSON: names' words and hashtags
) STRICT;
CREATE TABLE incident_keys (
  key TEXT NOT NULL,
  incident_id INTEGER NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  PRIMARY KEY (key, incident_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_keys_incident ON incident_keys (incident_id);
CREATE TABLE incident_terms (           -- in how many incidents a term stands
  term TEXT PRIMARY KEY,
  incidents INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE incident_stale (
  incident_id INTEGER PRIMARY KEY REFERENCES incidents (id) ON DELETE CASCADE
) STRICT;

CREATE TRIGGER incident_traits_in AFTER INSERT ON incident_traits BEGIN
  INSERT INTO incident_terms (term, incidents) SELECT key, 1 FROM json_each(new.terms) WHERE true
    ON CONFLICT (term) DO UPDATE SET incidents = incidents + 1;
  INSERT INTO incident_keys (key, incident_id) SELECT value, new.incident_id FROM json_each(new.keys);
END;
CREATE TRIGGER incident_traits_out AFTER DELETE ON incident_traits BEGIN
  UPDATE incident_terms SET incidents = incidents - 1
    WHERE term IN (SELECT key FROM json_each(old.terms));
  DELETE FROM incident_keys WHERE incident_id = old.incident_id;
END;
-- No OR IGNORE in these: the conflict clause of the statement that fires a trigger would overrule it.
CREATE TRIGGER incident_posts_stale_in AFTER INSERT ON incident_posts
WHEN NOT EXISTS (SELECT 1 FROM incident_stale WHERE incident_id = new.incident_id) BEGIN
  INSERT INTO incident_stale (incident_id) VALUES (new.incident_id);
END;
CREATE TRIGGER incident_posts_stale_out AFTER DELETE ON incident_posts
WHEN NOT EXISTS (SELECT 1 FROM incident_stale WHERE incident_id = old.incident_id) BEGIN
  INSERT INTO incident_stale (incident_id) SELECT id FROM incidents WHERE id = old.incident_id;
END;
CREATE TRIGGER incident_posts_stale_up AFTER UPDATE ON incident_posts BEGIN
  INSERT INTO incident_stale (incident_id) SELECT id FROM incidents
    WHERE id IN (old.incident_id, new.incident_id) AND id NOT IN (SELECT incident_id FROM incident_stale);
END;
CREATE TRIGGER posts_stale AFTER UPDATE OF title, text, flagged ON posts BEGIN
  INSERT INTO incident_stale (incident_id) SELECT incident_id FROM incident_posts
    WHERE post_id = new.id AND incident_id NOT IN (SELECT incident_id FROM incident_stale);
END;
INSERT INTO incident_stale (incident_id)
  SELECT DISTINCT incident_id FROM incident_posts JOIN incidents ON id = incident_id
  WHERE casebook_id IS NULL;

CREATE TABLE suggestions (              -- same incident? asked of people
  post_id INTEGER NOT NULL REFERENCES posts (id),
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  likeness REAL NOT NULL,               -- 0 to 1
  why TEXT NOT NULL,
  made_at TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'yes', 'no')),
  answered_by TEXT NOT NULL DEFAULT '',
  answered_at TEXT,
  PRIMARY KEY (post_id, incident_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX suggestions_incident ON suggestions (incident_id, answer);

CREATE TABLE organisations (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  aliases TEXT NOT NULL DEFAULT '[]',   -- JSON: other ways to write it
  is_confirmed INTEGER NOT NULL DEFAULT 0 CHECK (is_confirmed IN (0, 1)),  -- by a person, once at least
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE incident_organisations (
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  organisation_id INTEGER NOT NULL REFERENCES organisations (id),
  state TEXT NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'confirmed', 'rejected')),
  role TEXT NOT NULL DEFAULT '' CHECK (role IN ('', 'failed', 'hurt', 'amplified', 'responded')),
  why TEXT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT,
  PRIMARY KEY (incident_id, organisation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_organisations_organisation ON incident_organisations (organisation_id, state);
