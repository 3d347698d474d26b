-- The order of the queue, how fast stories spread, and what is learnt from decisions.
-- Independent of the migrations before it but the first and 0006 to 0008.

-- Its place in the queue, higher first; reckoned by the worker (flow/ranking.py), shown with its parts.
ALTER TABLE incidents ADD COLUMN rank REAL NOT NULL DEFAULT 0;
ALTER TABLE incidents ADD COLUMN rank_due_at TEXT NOT NULL DEFAULT '';  -- when it is reckoned anew; empty: at once
ALTER TABLE incidents ADD COLUMN is_drawn INTEGER NOT NULL DEFAULT 0    -- 1: chance put it where it stands
  CHECK (is_drawn IN (0, 1));
ALTER TABLE incidents ADD COLUMN developing INTEGER NOT NULL DEFAULT 0  -- highest level of spread so far
  CHECK (developing BETWEEN 0 AND 2);
ALTER TABLE incidents ADD COLUMN developing_at TEXT;                    -- when that was reached
UPDATE incidents SET rank = score;

-- All that a page of the queue is filtered and ordered by, so that it reads nothing else; likewise its count.
CREATE INDEX incidents_rank ON incidents (status, rank, last_post_at, id, severity, merged_into, snoozed_until);
CREATE INDEX incidents_rank_of_all ON incidents (rank, last_post_at, id, severity, merged_into, snoozed_until);
CREATE INDEX incidents_rank_due ON incidents (rank_due_at) WHERE status IN ('new', 'watching', 'relevant');
CREATE INDEX incidents_decided ON incidents (decided_at) WHERE decided_at IS NOT NULL;

CREATE TRIGGER incidents_rank_first AFTER INSERT ON incidents BEGIN
  UPDATE incidents SET rank = new.score WHERE id = new.id;
END;
CREATE TRIGGER incidents_rank_again
AFTER UPDATE OF title, organisation, status, score, posts, sources, last_post_at, merged_into ON incidents
WHEN new.rank_due_at <> '' BEGIN
  UPDATE incidents SET rank_due_at = '' WHERE id = new.id;
END;

CREATE TABLE ranks (                    -- the arithmetic behind incidents.rank
  incident_id INTEGER PRIMARY KEY REFERENCES incidents (id),
  parts TEXT NOT NULL,                  -- [[name, factor, words], ...]
  value REAL NOT NULL,                  -- their product; differs from the rank of what was drawn
  ranked_at TEXT NOT NULL
) STRICT;

CREATE TABLE evidence (                 -- decisions as the preference learns them; follows incidents.status
  incident_id INTEGER PRIMARY KEY REFERENCES incidents (id),
  is_relevant INTEGER NOT NULL CHECK (is_relevant IN (0, 1)),
  tokens TEXT NOT NULL,                 -- of its first post, space-separated
  base REAL NOT NULL,                   -- its rank without what was learnt
  was_drawn INTEGER NOT NULL CHECK (was_drawn IN (0, 1)),  -- chance put it before the person's eyes
  decided_at TEXT NOT NULL
) STRICT;
CREATE INDEX evidence_time ON evidence (decided_at, incident_id, is_relevant);

CREATE TABLE preference_words (         -- what people set by hand
  word TEXT PRIMARY KEY,                -- a word, or `rule:`, `feed:`, `host:` with a name behind it
  said TEXT NOT NULL CHECK (said IN ('more', 'less', 'never mind')),
  set_by TEXT NOT NULL,
  set_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The outbox takes two more kinds of mail, one a level of spread: made anew, since a CHECK cannot be changed.
CREATE TABLE alerts_anew (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL DEFAULT 'incident' CHECK (kind IN ('incident', 'developing', 'widespread', 'digest')),
  incident_id INTEGER REFERENCES incidents (id),
  digest_id INTEGER REFERENCES digests (id),
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
  CHECK ((kind = 'digest') = (digest_id IS NOT NULL) AND (kind = 'digest') = (incident_id IS NULL)),
  UNIQUE (kind, incident_id, subscriber_id),
  UNIQUE (digest_id, subscriber_id)
) STRICT;
INSERT INTO alerts_anew (id, kind, incident_id, digest_id, subscriber_id, message_id, state, why, attempts,
  next_attempt_at, lease_until, was_in_doubt, reply, created_at, sent_at)
  SELECT id, kind, incident_id, digest_id, subscriber_id, message_id, state, why, attempts,
    next_attempt_at, lease_until, was_in_doubt, reply, created_at, sent_at FROM alerts;
DROP TABLE alerts;
ALTER TABLE alerts_anew RENAME TO alerts;
CREATE INDEX alerts_due ON alerts (state, next_attempt_at);
CREATE INDEX alerts_incident ON alerts (incident_id);
