ALTER TABLE subscribers ADD COLUMN wants_digest INTEGER NOT NULL DEFAULT 1; -- the weekly digest
