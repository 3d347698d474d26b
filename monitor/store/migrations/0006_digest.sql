-- The weekly digest: what it says is kept as it was reckoned, so that every attempt sends the same.
CREATE TABLE digests (
  id INTEGER PRIMARY KEY,
  week TEXT NOT NULL UNIQUE,            -- ISO 8601 week of the day it is due, `2026-W47`
  since TEXT NOT NULL,
  until TEXT NOT NULL,
  content TEXT NOT NULL,                -- JSON: what the mail says
  made_at TEXT NOT NULL
) STRICT;

-- The outbox takes mails of other kinds: made anew, since a CHECK cannot be changed.
CREATE TABLE alerts_anew (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL DEFAULT 'incident' CHECK (kind IN ('incident', 'developing', 'digest')),
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
INSERT INTO alerts_anew (id, kind, incident_id, subscriber_id, message_id, state, why, attempts,
  next_attempt_at, lease_until, was_in_doubt, reply, created_at, sent_at)
  SELECT id, kind, incident_id, subscriber_id, message_id, state, why, attempts,
    next_attempt_at, lease_until, was_in_doubt, reply, created_at, sent_at FROM alerts;
DROP TABLE alerts;
ALTER TABLE alerts_anew RENAME TO alerts;
CREATE INDEX alerts_due ON alerts (state, next_attempt_at);
