-- The lesson: its steps, facts with citations, stages with proof, actions, principles, reminders.
-- Independent of the migrations before it but the first, 0008 and 0009.

ALTER TABLE lessons ADD COLUMN kind TEXT NOT NULL DEFAULT ''
  CHECK (kind IN ('', 'crisis', 'shortfall', 'misstep', 'near_miss', 'good_recovery'));
ALTER TABLE lessons ADD COLUMN treatment TEXT NOT NULL DEFAULT ''  -- how people treat it
  CHECK (treatment IN ('', 'laughed_at', 'not_corrected', 'ignored', 'too_big'));
ALTER TABLE lessons ADD COLUMN risks TEXT NOT NULL DEFAULT '[]';   -- what of it is tangible for us
ALTER TABLE lessons ADD COLUMN impact TEXT NOT NULL DEFAULT '{}';  -- angle -> what, and whom to involve
ALTER TABLE lessons ADD COLUMN expected TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN success TEXT NOT NULL DEFAULT '';   -- by what it would have been a success
ALTER TABLE lessons ADD COLUMN failure TEXT NOT NULL DEFAULT '';   -- and a failure
ALTER TABLE lessons ADD COLUMN fell_short TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN missed_by TEXT NOT NULL DEFAULT ''; -- 1,200 of 5,000 sign-ups
ALTER TABLE lessons ADD COLUMN said TEXT NOT NULL DEFAULT '';      -- what they said, beside the responses
ALTER TABLE lessons ADD COLUMN followed TEXT NOT NULL DEFAULT '';  -- what followed, beside the revisits
ALTER TABLE lessons ADD COLUMN worked TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN did_not TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN stop_if TEXT NOT NULL DEFAULT '';   -- what would make us stop
ALTER TABLE lessons ADD COLUMN again_if TEXT NOT NULL DEFAULT '';  -- what would make us try again
ALTER TABLE lessons ADD COLUMN is_own INTEGER NOT NULL DEFAULT 0 CHECK (is_own IN (0, 1));
ALTER TABLE lessons ADD COLUMN happened_on TEXT NOT NULL DEFAULT '';  -- of our own; others have incidents
ALTER TABLE lessons ADD COLUMN seen_by TEXT NOT NULL DEFAULT 'viewer' -- the least role that reads it
  CHECK (seen_by IN ('viewer', 'triager', 'editor'));
ALTER TABLE lessons ADD COLUMN agreed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN verify_on TEXT NOT NULL DEFAULT '';    -- the day of the check
ALTER TABLE lessons ADD COLUMN verified_on TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN verified_by TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN verified_how TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN reopened_at TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN reopened_why TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN checked_at TEXT NOT NULL DEFAULT '';   -- facts held against their posts
CREATE INDEX lessons_stage ON lessons (stage, updated_at);

CREATE TABLE lesson_facts (             -- what happened, sentence by sentence, each with its source
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: what was taken away can come back
  lesson_id INTEGER NOT NULL REFERENCES lessons (id),
  text TEXT NOT NULL,
  is_alleged INTEGER NOT NULL DEFAULT 0 CHECK (is_alleged IN (0, 1)),
  post_id INTEGER REFERENCES posts (id),
  quote TEXT NOT NULL DEFAULT '',       -- stands word for word in the post
  post_hash TEXT NOT NULL DEFAULT '',   -- of the post when it was quoted: a change makes it stale
  source TEXT NOT NULL DEFAULT '',      -- where there is no post: the call log of 3 March
  url TEXT NOT NULL DEFAULT '',
  added_by TEXT NOT NULL,
  added_at TEXT NOT NULL
) STRICT;
CREATE INDEX lesson_facts_lesson ON lesson_facts (lesson_id, id);
CREATE INDEX lesson_facts_post ON lesson_facts (post_id) WHERE post_id IS NOT NULL;

CREATE TABLE actions (                  -- what a lesson asks for
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: what was taken away can come back
  lesson_id INTEGER NOT NULL REFERENCES lessons (id),
  text TEXT NOT NULL,
  owner TEXT NOT NULL DEFAULT '',       -- name of an account
  due_on TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'dropped')),
  evidence TEXT NOT NULL DEFAULT '',    -- a link that shows it
  note TEXT NOT NULL DEFAULT '',        -- what was done, or why it was dropped
  done_on TEXT NOT NULL DEFAULT '',
  done_by TEXT NOT NULL DEFAULT '',
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX actions_lesson ON actions (lesson_id, id);
CREATE INDEX actions_open ON actions (due_on, id) WHERE state = 'open';

CREATE TABLE action_files (             -- evidence that is no link
  id INTEGER PRIMARY KEY,
  action_id INTEGER NOT NULL REFERENCES actions (id),
  name TEXT NOT NULL,
  bytes BLOB NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at TEXT NOT NULL,
  removed_at TEXT NOT NULL DEFAULT ''   -- its bytes are emptied then
) STRICT;
CREATE INDEX action_files_action ON action_files (action_id);

CREATE TABLE principles (               -- a short sentence that lessons point to
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  key TEXT NOT NULL,                    -- its words, folded: the same sentence meets itself
  said_by TEXT NOT NULL DEFAULT '',     -- who said it first, and where
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  merged_into INTEGER REFERENCES principles (id)
) STRICT;
CREATE UNIQUE INDEX principles_key ON principles (key) WHERE merged_into IS NULL;

CREATE TABLE lesson_principles (
  lesson_id INTEGER NOT NULL REFERENCES lessons (id),
  principle_id INTEGER NOT NULL REFERENCES principles (id),
  is_counter INTEGER NOT NULL DEFAULT 0 CHECK (is_counter IN (0, 1)),  -- 1: it speaks against it
  note TEXT NOT NULL DEFAULT '',
  linked_by TEXT NOT NULL,
  PRIMARY KEY (lesson_id, principle_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lesson_principles_principle ON lesson_principles (principle_id);

CREATE TABLE reminders (                -- one mark of one action: sent once
  id INTEGER PRIMARY KEY,
  action_id INTEGER NOT NULL REFERENCES actions (id),
  due_on TEXT NOT NULL,
  mark TEXT NOT NULL,                   -- soon, due, late 1, late 2, ...
  made_at TEXT NOT NULL,
  UNIQUE (action_id, due_on, mark)
) STRICT;

-- What incidents are found by never holds a word of a lesson that not everybody may read.
DROP VIEW incident_words;
CREATE VIEW incident_words AS
SELECT incidents.id,
  incidents.title || ' ' || incidents.organisation AS title,
  coalesce((SELECT substr(CASE WHEN posts.summary <> '' THEN posts.summary ELSE posts.text END, 1, 1000)
    FROM incident_posts JOIN posts ON posts.id = post_id WHERE incident_id = incidents.id
    ORDER BY is_known, published_at, posts.id LIMIT 1), '') AS summary,
  coalesce((SELECT group_concat(concat_ws(' ', lessons.title, what_happened, why, avoid, recover, here, change), ' ')
    FROM lesson_incidents JOIN lessons ON lessons.id = lesson_id
    WHERE incident_id = incidents.id AND seen_by = 'viewer'), '') AS lessons
FROM incidents;

-- The outbox takes reminders: made anew, since a CHECK cannot be changed.
CREATE TABLE alerts_anew (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL DEFAULT 'incident'
    CHECK (kind IN ('incident', 'developing', 'widespread', 'digest', 'reminder')),
  incident_id INTEGER REFERENCES incidents (id),
  digest_id INTEGER REFERENCES digests (id),
  reminder_id INTEGER REFERENCES reminders (id),
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
  CHECK ((kind = 'digest') = (digest_id IS NOT NULL) AND (kind = 'reminder') = (reminder_id IS NOT NULL)
    AND (kind IN ('digest', 'reminder')) = (incident_id IS NULL)),
  UNIQUE (kind, incident_id, subscriber_id),
  UNIQUE (digest_id, subscriber_id),
  UNIQUE (reminder_id, subscriber_id)
) STRICT;
INSERT INTO alerts_anew (id, kind, incident_id, digest_id, subscriber_id, message_id, state, why, attempts,
  next_attempt_at, lease_until, was_in_doubt, reply, created_at, sent_at)
  SELECT id, kind, incident_id, digest_id, subscriber_id, message_id, state, why, attempts,
    next_attempt_at, lease_until, was_in_doubt, reply, created_at, sent_at FROM alerts;
DROP TABLE alerts;
ALTER TABLE alerts_anew RENAME TO alerts;
CREATE INDEX alerts_due ON alerts (state, next_attempt_at);
CREATE INDEX alerts_incident ON alerts (incident_id);
