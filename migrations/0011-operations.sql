-- To schema 11: what moving in, watching over it and keeping it safe need.

ALTER TABLE keys ADD COLUMN retired_at INTEGER;
ALTER TABLE editions ADD COLUMN key_id INTEGER;
ALTER TABLE letters ADD COLUMN key_id INTEGER;

-- Copies that were made of the store, and tries that failed. The last few hundred are kept.
CREATE TABLE backups (
    id       INTEGER PRIMARY KEY,
    made_at  INTEGER NOT NULL,                    -- the copy holds what was there then
    file     TEXT    NOT NULL,
    bytes    INTEGER NOT NULL DEFAULT 0,
    problem  TEXT    NOT NULL DEFAULT ''          -- why there is none; '': it is whole, and was looked over
) STRICT;

-- What remains of the tries of editions that ended long ago: how many there were, by what was answered.
CREATE TABLE attempt_counts (
    edition_id INTEGER NOT NULL,
    outcome    TEXT    NOT NULL,
    last       INTEGER NOT NULL,                  -- 1: the last try at their deliveries
    code       INTEGER NOT NULL,                  -- as in attempts
    enhanced   TEXT    NOT NULL,
    attempts   INTEGER NOT NULL,
    PRIMARY KEY (edition_id, outcome, last, code, enhanced)
) STRICT, WITHOUT ROWID;
