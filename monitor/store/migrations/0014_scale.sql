-- The newest incidents, whatever was decided on them, without sorting all.
-- Independent of the migrations before it but the first and 0008.

CREATE INDEX incidents_last ON incidents (last_post_at, id) WHERE merged_into IS NULL;
