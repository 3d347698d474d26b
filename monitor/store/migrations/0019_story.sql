-- A lesson that was made of a story which somebody sent; the story itself lies in private.db.
ALTER TABLE lessons ADD COLUMN story_id INTEGER;
CREATE UNIQUE INDEX lessons_story ON lessons (story_id) WHERE story_id IS NOT NULL;
