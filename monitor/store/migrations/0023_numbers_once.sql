-- Numbers of rows that decisions make and take away are never given twice: a change that is taken back
-- brings its rows back under their own numbers, whatever was made meanwhile.
CREATE TABLE revisits_new (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
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
INSERT INTO revisits_new SELECT id, incident_id, days, due_at, outcome, text, done_at, done_by FROM revisits;
DROP TABLE revisits;
ALTER TABLE revisits_new RENAME TO revisits;
CREATE INDEX revisits_open ON revisits (due_at) WHERE outcome = '';

CREATE TABLE second_readings_new (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  incident_id INTEGER NOT NULL UNIQUE REFERENCES incidents (id),
  first_status TEXT NOT NULL CHECK (first_status IN ('relevant', 'dismissed')),
  first_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'relevant', 'dismissed')),
  reason TEXT NOT NULL DEFAULT '',
  answered_at TEXT,
  answered_by TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO second_readings_new SELECT id, incident_id, first_status, first_by, asked_at, answer, reason, answered_at, answered_by FROM second_readings;
DROP TABLE second_readings;
ALTER TABLE second_readings_new RENAME TO second_readings;
CREATE INDEX second_readings_open ON second_readings (id) WHERE answer = '';
