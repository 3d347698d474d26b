-- Organisations are found in posts by the words of their names; answers to suggestions can be undone.

CREATE TABLE organisation_names (       -- the gazetteer: every way to write every organisation
  first TEXT NOT NULL,                  -- the first folded word
  words TEXT NOT NULL,                  -- all folded words, space-separated
  organisation_id INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
  PRIMARY KEY (first, words, organisation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX organisation_names_organisation ON organisation_names (organisation_id);

-- Names that people gave incidents before there was a gazetteer. Their words are filled in by Failwatch.
INSERT OR IGNORE INTO organisations (name, is_confirmed, created_at)
  SELECT organisation, 1, min(created_at) FROM incidents WHERE organisation <> ''
  GROUP BY organisation COLLATE NOCASE;
INSERT OR IGNORE INTO incident_organisations (incident_id, organisation_id, state, role, why)
  SELECT incidents.id, organisations.id, 'confirmed', 'failed', 'named as the one that failed'
  FROM incidents JOIN organisations ON organisations.name = organisation;

-- The change that an answer made; NULL: none, or it was taken back.
ALTER TABLE suggestions ADD COLUMN change_id INTEGER REFERENCES changes (id);
CREATE INDEX suggestions_change ON suggestions (change_id) WHERE change_id IS NOT NULL;
