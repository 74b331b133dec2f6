-- The editor's part: what was decided about stories, words of the editor's own, and signals of a story's importance.

ALTER TABLE editions ADD COLUMN intro TEXT;

-- What an editor decided about a story for one newsletter. A pin is spent when an edition with the story begins to be
-- sent; the rest holds until it is taken back.
CREATE TABLE decisions (
    newsletter_id INTEGER NOT NULL REFERENCES newsletters (id),
    story_id      INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    verdict       TEXT    NOT NULL DEFAULT '' CHECK (verdict IN ('', 'pin', 'drop')),
    place         INTEGER CHECK (place IS NULL OR verdict = 'pin' AND place >= 1),
    embargo_until INTEGER,
    expires_at    INTEGER,
    decided_at    INTEGER NOT NULL,
    PRIMARY KEY (newsletter_id, story_id)
) STRICT, WITHOUT ROWID;

-- An editor's own words and picture for a story, in every newsletter. NULL: what the story has itself.
CREATE TABLE overrides (
    story_id   INTEGER PRIMARY KEY REFERENCES stories (id) ON DELETE CASCADE,
    headline   TEXT,
    standfirst TEXT,                              -- '' shows none
    kicker     TEXT,
    image_url  TEXT,                              -- '' shows none
    image_alt  TEXT,
    changed_at INTEGER NOT NULL
) STRICT;

-- Which editors were told that a draft is ready.
CREATE TABLE notices (
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    email      TEXT    NOT NULL COLLATE NOCASE,
    told_at    INTEGER NOT NULL,
    PRIMARY KEY (edition_id, email)
) STRICT, WITHOUT ROWID;

-- Counts that were pushed: views, shares, whatever. By URL, because a count may come before its story does.
CREATE TABLE story_signals (
    url    TEXT    NOT NULL,                      -- canonical, like that of a story
    signal TEXT    NOT NULL,
    at     INTEGER NOT NULL,                      -- when it was counted
    value  REAL    NOT NULL CHECK (value >= 0),   -- all there were by then
    PRIMARY KEY (url, signal, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_signals_by_time ON story_signals (at);

-- What other outlets ran: a measure of importance, never shown to readers. Forgotten after some weeks.
CREATE TABLE signal_stories (
    id            INTEGER PRIMARY KEY,
    outlet        TEXT    NOT NULL,
    url           TEXT    NOT NULL,
    headline      TEXT    NOT NULL,
    standfirst    TEXT    NOT NULL DEFAULT '',
    published_at  INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    UNIQUE (outlet, url)
) STRICT;
CREATE INDEX signal_stories_by_time ON signal_stories (published_at);

-- How long what stands in a front page's feed has stood in each of its first places. Forgotten after some weeks.
CREATE TABLE sightings (
    feed_id INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    url     TEXT    NOT NULL,
    at      INTEGER NOT NULL,                     -- first found in this place
    place   INTEGER NOT NULL,
    seconds INTEGER NOT NULL DEFAULT 0,           -- it stood there
    seen_at INTEGER NOT NULL,                     -- the last poll that worked while it stood there
    stands  INTEGER NOT NULL,                     -- 1: it stands there now
    PRIMARY KEY (feed_id, url, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_standing ON sightings (feed_id) WHERE stands;
CREATE INDEX sightings_by_url ON sightings (url);
CREATE INDEX sightings_by_time ON sightings (seen_at);
