-- From schema 1 to 2: where a reader lives, and pauses that end by themselves.
ALTER TABLE subscribers ADD COLUMN timezone TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN resume_at INTEGER;
