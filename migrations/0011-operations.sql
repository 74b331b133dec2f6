-- To schema 11: what moving in, watching over it and keeping it safe need.

-- When a consent that was given elsewhere came with an import.
ALTER TABLE consents ADD COLUMN imported_at INTEGER;
