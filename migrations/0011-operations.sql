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

-- An old list that is asked whether it still wants the newsletter: in waves that the daemon sends.
CREATE TABLE permission_passes (
    newsletter_id   INTEGER PRIMARY KEY REFERENCES newsletters (id),
    wave            INTEGER NOT NULL,             -- letters of one
    every           INTEGER NOT NULL,             -- seconds from one to the next
    answer_within   INTEGER NOT NULL,             -- seconds; then the subscription ends
    remind_after    INTEGER,                      -- seconds; NULL: nobody is asked a second time
    started_at      INTEGER NOT NULL,
    waves           INTEGER NOT NULL DEFAULT 0,   -- that went out
    judged_to       INTEGER NOT NULL DEFAULT 0,   -- an operator has seen what came of the waves up to this one
    next_wave_at    INTEGER NOT NULL,
    stopped_at      INTEGER,                      -- nobody more is asked
    stopped_because TEXT    NOT NULL DEFAULT ''
) STRICT;

-- Who was asked. For good: nobody is asked by two passes.
CREATE TABLE permission_asks (
    newsletter_id INTEGER NOT NULL REFERENCES permission_passes (newsletter_id),
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    wave          INTEGER NOT NULL,
    asked_at      INTEGER NOT NULL,
    reminded_at   INTEGER,
    PRIMARY KEY (newsletter_id, subscriber_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX permission_asks_by_subscriber ON permission_asks (subscriber_id);
CREATE INDEX permission_asks_by_time ON permission_asks (newsletter_id, asked_at);

-- What an operator is told is wrong, from when it is found until that it is over was told too. So a restart neither
-- forgets what was told nor tells it again.
CREATE TABLE alerts (
    kind       TEXT    NOT NULL,                  -- edition-late, feed-dead, …
    subject    TEXT    NOT NULL,                  -- what it is about, within its kind: an edition, a feed, a relay
    severity   TEXT    NOT NULL,                  -- warning, urgent
    title      TEXT    NOT NULL,                  -- a few words: weekly-brief/12 is paused
    what       TEXT    NOT NULL,                  -- a sentence
    todo       TEXT    NOT NULL,                  -- what can be done about it
    raised_at  INTEGER NOT NULL,
    gone_at    INTEGER,                           -- not found any more since; over when that has lasted for some minutes
    cleared_at INTEGER,                           -- it is over, and that is to be told
    mailed_at  INTEGER,                           -- the last letter about it went out
    mailed_as  TEXT    NOT NULL DEFAULT '',       -- its severity in that letter
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

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

ALTER TABLE deliveries ADD COLUMN node_id INTEGER;

-- The machines that work on the store, each under its name, and those that did lately.
CREATE TABLE nodes (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    roles      TEXT    NOT NULL,                  -- scheduler sender web, with spaces between
    version    TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,                  -- its last sign of life
    leads      INTEGER NOT NULL DEFAULT 0,        -- 1: it keeps the schedule and polls
    stopped_at INTEGER                            -- it ended as it was asked to
) STRICT;

-- How far each rate that several nodes keep to together is drawn: of delivery over all, of a relay, of a provider.
CREATE TABLE rates (
    name     TEXT    NOT NULL PRIMARY KEY,
    drawn_to INTEGER NOT NULL                     -- microseconds since 1970-01-01 UTC, by the clock of the database
) STRICT, WITHOUT ROWID;
