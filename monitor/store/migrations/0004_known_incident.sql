-- Known incidents lower the bar: posts that no rule flags join an open incident that they tell of.
-- `posts.score`, `posts.flagged` and `matches` stay what the rules said. Independent of 0002 and 0003.

-- 1: no rule flagged the post; it tells of the incident, which was known already (`why` says by what).
ALTER TABLE incident_posts ADD COLUMN is_known INTEGER NOT NULL DEFAULT 0 CHECK (is_known IN (0, 1));

-- When stored posts were last searched for others on this incident; NULL: not since it is as it is.
ALTER TABLE incidents ADD COLUMN looked_back_at TEXT;
