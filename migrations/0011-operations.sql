-- To schema 11: what moving in, watching over it and keeping it safe need.

-- How a new sending address earns its name with each provider: what it may be sent a day, and how that went.
CREATE TABLE warm_up_days (
    provider TEXT    NOT NULL,                    -- its best known domain, or others
    day      INTEGER NOT NULL,                    -- since 1970-01-01 (UTC)
    cap      INTEGER NOT NULL,                    -- messages that may be claimed
    claimed  INTEGER NOT NULL DEFAULT 0,          -- given back ones not counted
    deferred INTEGER NOT NULL DEFAULT 0,          -- tries that it put off
    PRIMARY KEY (provider, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_complaints ON feedback (received_at, domain) WHERE class = 'complaint';
-- When a consent that was given elsewhere came with an import.
ALTER TABLE consents ADD COLUMN imported_at INTEGER;
