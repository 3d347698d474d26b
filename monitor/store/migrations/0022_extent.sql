-- The length of an incident's centre is kept beside it, so that comparing needs the post's terms alone.
ALTER TABLE incident_traits ADD COLUMN extent REAL NOT NULL DEFAULT 0;
INSERT OR IGNORE INTO incident_stale (incident_id) SELECT incident_id FROM incident_traits;
