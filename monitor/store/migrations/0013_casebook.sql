-- What the casebook knows of its cases beyond an incident and a lesson. These rows are Failwatch's
-- own: a later release writes them anew, and people's words stand elsewhere.
-- Independent of the migrations before it but the first.

CREATE TABLE cases (
  id TEXT PRIMARY KEY,                  -- incidents.casebook_id
  kind TEXT NOT NULL CHECK (kind IN ('crisis', 'misstep', 'shortfall', 'near_miss', 'good_recovery')),
  sector TEXT NOT NULL,
  channel TEXT NOT NULL,
  country TEXT NOT NULL,                -- two letters
  happened_on TEXT NOT NULL,
  date_precision TEXT NOT NULL CHECK (date_precision IN ('day', 'month', 'year')),
  expected TEXT NOT NULL,               -- what was hoped for, and by how much it was missed
  alleged TEXT NOT NULL,                -- what was claimed and is not established
  print TEXT NOT NULL                   -- of the case as it was written down; another one: written anew
) STRICT;

CREATE TABLE case_sources (
  case_id TEXT NOT NULL REFERENCES cases (id),
  place INTEGER NOT NULL,               -- 1 is the first
  publisher TEXT NOT NULL,
  title TEXT NOT NULL,
  url TEXT NOT NULL,
  published_on TEXT NOT NULL,           -- empty where the page gives none
  PRIMARY KEY (case_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_principles (
  id TEXT PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE case_teaches (
  case_id TEXT NOT NULL REFERENCES cases (id),
  principle_id TEXT NOT NULL REFERENCES case_principles (id),
  PRIMARY KEY (case_id, principle_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_teaches_principle ON case_teaches (principle_id);
