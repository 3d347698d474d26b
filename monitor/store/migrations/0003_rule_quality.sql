-- How good the rules are: what people's decisions say of each version, and the weekly look at
-- what no rule flagged. Independent of the migrations before it but the first.

CREATE TABLE rule_decisions (           -- the precision ledger; in step with incidents.status
  rule_id INTEGER NOT NULL REFERENCES rules (id),
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  is_hit INTEGER NOT NULL CHECK (is_hit IN (0, 1)),
  weight REAL NOT NULL,                 -- of the rule when its match was decided on
  decided_at TEXT NOT NULL,
  PRIMARY KEY (rule_id, incident_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_decisions_incident ON rule_decisions (incident_id);

-- Decisions that were made before there was a ledger; from now on store/ledger.py writes it.
INSERT INTO rule_decisions (rule_id, incident_id, is_hit, weight, decided_at)
SELECT rule_id, incidents.id, status = 'relevant', max(matches.weight), decided_at
FROM incidents
JOIN incident_posts ON incident_id = incidents.id AND linked_at <= decided_at
JOIN posts ON posts.id = incident_posts.post_id AND flagged
JOIN matches ON matches.post_id = posts.id
WHERE casebook_id IS NULL AND decided_by <> ''
  AND (status = 'relevant'
    OR status = 'dismissed' AND reason IN ('not a failure', 'no organisation', 'off topic'))
GROUP BY rule_id, incidents.id;

-- Who was first seen when, flagged or not, without reading the posts themselves.
CREATE INDEX posts_first_seen ON posts (seen_at, flagged, feed_id, language);

CREATE TABLE recall_weeks (             -- a week whose unflagged posts were sampled
  week TEXT PRIMARY KEY,                -- ISO 8601, `2026-W09`
  starts_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,                -- its first moment that is no longer in it
  drawn_at TEXT NOT NULL,
  population INTEGER NOT NULL           -- unflagged posts first seen in it
) STRICT, WITHOUT ROWID;

CREATE TABLE recall_posts (             -- a post of the sample, and what a person said of it
  id INTEGER PRIMARY KEY,
  week TEXT NOT NULL REFERENCES recall_weeks (week),
  post_id INTEGER NOT NULL UNIQUE REFERENCES posts (id),
  answer TEXT NOT NULL DEFAULT ''       -- empty: nobody has looked yet
    CHECK (answer IN ('', 'relevant', 'not', 'cannot tell')),
  answered_at TEXT,
  answered_by TEXT NOT NULL DEFAULT '',
  incident_id INTEGER REFERENCES incidents (id),  -- what a relevant post started or joined
  version INTEGER NOT NULL DEFAULT 1    -- raised by every answer and undo
) STRICT;
CREATE INDEX recall_posts_week ON recall_posts (week);
CREATE INDEX recall_posts_open ON recall_posts (answer, id);
