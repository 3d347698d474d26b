-- Drill: an incident replayed up to a moment, what each person would have done, and when it comes back.
-- Independent of the migrations before it but the first.

CREATE TABLE drills (
  id INTEGER PRIMARY KEY,
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  pause_at TEXT NOT NULL,               -- nothing later is shown before the move
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX drills_incident ON drills (incident_id);

CREATE TABLE drill_moves (
  drill_id INTEGER NOT NULL REFERENCES drills (id),
  person TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('deny', 'diminish', 'rebuild', 'bolster', 'silence')),
  text TEXT NOT NULL,
  moved_at TEXT NOT NULL,
  checks TEXT NOT NULL DEFAULT '[]',    -- JSON: what the move did well, by its own writer
  score INTEGER CHECK (score BETWEEN 0 AND 5),  -- NULL until scored
  scored_at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (drill_id, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX drill_moves_person ON drill_moves (person);

CREATE TABLE drill_cards (
  person TEXT NOT NULL,
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  repetitions INTEGER NOT NULL,         -- in a row with a score of three or more
  days INTEGER NOT NULL,                -- until it comes back
  ease REAL NOT NULL,
  score INTEGER NOT NULL,               -- the last one
  drilled_at TEXT NOT NULL,
  due_on TEXT NOT NULL,
  PRIMARY KEY (person, incident_id)
) STRICT, WITHOUT ROWID;
