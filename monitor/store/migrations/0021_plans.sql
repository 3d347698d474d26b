-- Pre-mortem: plans, with what past failures say of them, and what came of them.
-- Independent of the migrations before it but the first and that of reflections.

CREATE TABLE plans (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('campaign', 'launch', 'hashtag', 'reply', 'other')),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  found TEXT NOT NULL,                  -- JSON: precedents, checks and questions as they were shown
  found_at TEXT NOT NULL,
  look_back_on TEXT NOT NULL DEFAULT '',
  happened TEXT NOT NULL DEFAULT '' CHECK (happened IN ('', 'no', 'partly', 'yes')),
  what TEXT NOT NULL DEFAULT '',        -- what came of it
  looked_back_by TEXT NOT NULL DEFAULT '',
  looked_back_at TEXT NOT NULL DEFAULT '',
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

ALTER TABLE reflections ADD COLUMN plan_id INTEGER REFERENCES plans (id);
CREATE INDEX reflections_plan ON reflections (plan_id) WHERE plan_id IS NOT NULL;
