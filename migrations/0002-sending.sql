-- From schema 1 to 2: where a reader lives, pauses that end by themselves, and deliveries that are cheaper to write.
ALTER TABLE subscribers ADD COLUMN timezone TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN resume_at INTEGER;

-- A CHECK can't be changed where it stands, so both tables are made anew.
DROP INDEX deliveries_due;
DROP INDEX deliveries_sending;
ALTER TABLE deliveries RENAME TO deliveries_1;
ALTER TABLE attempts RENAME TO attempts_1;
CREATE TABLE deliveries (
    edition_id      INTEGER NOT NULL REFERENCES editions (id),
    subscriber_id   INTEGER NOT NULL,
    -- Spelt out: for IN, SQLite builds a table of the words anew at every write.
    state           TEXT    NOT NULL CHECK (state = 'accepted' OR state = 'sending' OR state = 'queued' OR
                    state = 'deferred' OR state = 'failed' OR state = 'skipped' OR state = 'unknown'),
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,                      -- NULL: nothing more will be tried
    changed_at      INTEGER NOT NULL,
    skipped_because TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (edition_id, subscriber_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE attempts (
    edition_id    INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL,
    number        INTEGER NOT NULL,
    finished_at   INTEGER NOT NULL,
    outcome       TEXT    NOT NULL CHECK (outcome = 'accepted' OR outcome = 'deferred' OR outcome = 'failed' OR
                  outcome = 'unknown'),
    code          INTEGER NOT NULL DEFAULT 0,     -- SMTP reply code, 0 where none came
    enhanced      TEXT    NOT NULL DEFAULT '',    -- RFC 3463 status
    reply         TEXT    NOT NULL DEFAULT '',    -- bounded raw text
    PRIMARY KEY (edition_id, subscriber_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries (edition_id, subscriber_id, state, attempts, next_attempt_at, changed_at, skipped_because)
SELECT edition_id, subscriber_id, state, attempts, next_attempt_at, changed_at, skipped_because FROM deliveries_1;
INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply)
SELECT edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply FROM attempts_1;
DROP TABLE deliveries_1;
DROP TABLE attempts_1;
CREATE INDEX deliveries_due ON deliveries (edition_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
