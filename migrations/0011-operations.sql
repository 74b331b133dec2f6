-- To schema 11: what moving in, watching over it and keeping it safe need.

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
