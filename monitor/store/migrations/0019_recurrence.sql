-- A lesson that was made of a story which somebody sent; the story itself lies in private.db.
ALTER TABLE lessons ADD COLUMN story_id INTEGER;
CREATE UNIQUE INDEX lessons_story ON lessons (story_id) WHERE story_id IS NOT NULL;

CREATE TABLE lesson_unfits (            -- an incident that looked like a lesson, and somebody said no
  lesson_id INTEGER NOT NULL REFERENCES lessons (id),
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  said_by TEXT NOT NULL,
  said_at TEXT NOT NULL,
  PRIMARY KEY (lesson_id, incident_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lesson_unfits_incident ON lesson_unfits (incident_id);
