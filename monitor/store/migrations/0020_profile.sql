-- Could it happen here? Who we are, and what people said of each lesson.
-- Independent of the migrations before it but the first and that of the lesson.

CREATE TABLE profile (                  -- one row a part; one thing a line
  part TEXT PRIMARY KEY CHECK (part IN ('channel', 'market', 'product', 'supplier', 'control', 'past')),
  lines TEXT NOT NULL,
  updated_by TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lesson_verdicts (          -- a person's answer beside Failwatch's: all are kept
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lesson_id INTEGER NOT NULL REFERENCES lessons (id),
  reckoned TEXT NOT NULL,               -- what Failwatch said
  reasons TEXT NOT NULL,                -- JSON: why, and which controls were missing
  verdict TEXT NOT NULL CHECK (verdict IN ('likely', 'possible', 'unlikely', 'open')),
  text TEXT NOT NULL DEFAULT '',        -- the person's reasons
  said_by TEXT NOT NULL,
  said_at TEXT NOT NULL
) STRICT;
CREATE INDEX lesson_verdicts_lesson ON lesson_verdicts (lesson_id, id);
