-- Reflection: questions that several people answer each for themselves, then side by side.
-- Independent of the migrations before it but the first and that of the lesson.

CREATE TABLE reflections (
  id INTEGER PRIMARY KEY,
  set_id TEXT NOT NULL,                 -- of the question set
  title TEXT NOT NULL,
  about TEXT NOT NULL DEFAULT '',       -- what it is about, in a few words
  lesson_id INTEGER REFERENCES lessons (id),
  questions TEXT NOT NULL,              -- JSON: as they were when it began
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  closed_at TEXT NOT NULL DEFAULT '',
  closed_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX reflections_lesson ON reflections (lesson_id) WHERE lesson_id IS NOT NULL;

CREATE TABLE reflection_people (        -- who answers; from handing in on, they see the others
  reflection_id INTEGER NOT NULL REFERENCES reflections (id),
  person TEXT NOT NULL,
  handed_in_at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (reflection_id, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE reflection_answers (
  reflection_id INTEGER NOT NULL REFERENCES reflections (id),
  person TEXT NOT NULL,
  question INTEGER NOT NULL,            -- 0 is the first
  text TEXT NOT NULL,
  PRIMARY KEY (reflection_id, person, question)
) STRICT, WITHOUT ROWID;
