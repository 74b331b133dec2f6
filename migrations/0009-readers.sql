-- What readers do on their pages: sign up, choose, follow links, search.
ALTER TABLE subscribers ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN ended_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN paused_until INTEGER;
ALTER TABLE subscriptions ADD COLUMN without TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN opens_agreed_at INTEGER;
CREATE INDEX subscriptions_varied ON subscriptions (newsletter_id, without, opens_agreed_at)
    WHERE without <> '' OR opens_agreed_at IS NOT NULL;
ALTER TABLE deliveries ADD COLUMN variant INTEGER NOT NULL DEFAULT 0;

-- The words of a form that somebody agreed to. Kept once each; a form that is changed gets a new row.
CREATE TABLE wordings (
    id            INTEGER PRIMARY KEY,            -- the version
    digest        BLOB    NOT NULL UNIQUE,
    text          TEXT    NOT NULL,
    first_used_at INTEGER NOT NULL
) STRICT;

-- What a reader asked for on a form, and that they confirmed it: the evidence of consent.
CREATE TABLE consents (
    id                INTEGER PRIMARY KEY,
    subscriber_id     INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    newsletters       TEXT    NOT NULL,           -- their ids, with commas between
    wording_id        INTEGER NOT NULL REFERENCES wordings (id),
    page              TEXT    NOT NULL DEFAULT '',-- where the form stood: '/', or the address of a page with the pop-up
    asked_at          INTEGER NOT NULL,
    asked_from        TEXT    NOT NULL DEFAULT '',-- IP address, until it is old
    confirmed_at      INTEGER,
    confirmed_from    TEXT    NOT NULL DEFAULT '' -- IP address, until it is old
) STRICT;
CREATE INDEX consents_by_subscriber ON consents (subscriber_id);
CREATE INDEX consents_with_address ON consents (asked_at) WHERE asked_from <> '' OR confirmed_from <> '';

-- Letters to one reader, sent as soon as the relay takes them. Kept for some days after that: how many went to an address
-- is read off them.
CREATE TABLE letters (
    id              INTEGER PRIMARY KEY,
    kind            TEXT    NOT NULL,             -- confirm, already, link, welcome, address, moved
    subscriber_id   INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    newsletter_id   INTEGER NOT NULL REFERENCES newsletters (id), -- in whose name it is sent
    detail          TEXT    NOT NULL DEFAULT '',  -- ids of newsletters, or an address, by its kind
    queued_at       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,                      -- NULL: nothing more will be tried
    sent_at         INTEGER,
    problem         TEXT    NOT NULL DEFAULT ''   -- why the last try failed
) STRICT;
CREATE INDEX letters_due ON letters (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX letters_by_subscriber ON letters (subscriber_id, kind);
CREATE INDEX letters_by_time ON letters (queued_at);

-- The address a reader wants instead, until it is confirmed.
CREATE TABLE address_changes (
    subscriber_id INTEGER PRIMARY KEY REFERENCES subscribers (id) ON DELETE CASCADE,
    email         TEXT    NOT NULL COLLATE NOCASE,
    asked_at      INTEGER NOT NULL
) STRICT;

-- An edition as some readers get it: without the platforms they do without, or with what counts that it was opened.
-- Frozen like the edition itself.
CREATE TABLE edition_variants (
    edition_id   INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL CHECK (number > 0),
    without      TEXT    NOT NULL,                -- as in subscriptions
    counts_opens INTEGER NOT NULL,                -- 1: it does
    subject      TEXT    NOT NULL,
    html         TEXT    NOT NULL,                -- '': nothing of the edition is left for them
    text         TEXT    NOT NULL,
    PRIMARY KEY (edition_id, number),
    UNIQUE (edition_id, without, counts_opens)
) STRICT, WITHOUT ROWID;

-- What is searched for in the archive: a row for each edition that was approved, under its id.
CREATE VIRTUAL TABLE edition_search USING fts5 (subject, body, tokenize = "unicode61 remove_diacritics 2");
INSERT INTO edition_search (rowid, subject, body) SELECT id, subject, text FROM editions WHERE text <> '';

-- Where the links of an edition lead.
CREATE TABLE links (
    id         INTEGER PRIMARY KEY,
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    url        TEXT    NOT NULL,                  -- http or https
    story_id   INTEGER REFERENCES stories (id) ON DELETE SET NULL,
    UNIQUE (edition_id, url)
) STRICT;

-- How often a link was followed, by the hour. Machines that look at every link are counted apart.
CREATE TABLE clicks (
    link_id  INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    hour_at  INTEGER NOT NULL,
    readers  INTEGER NOT NULL DEFAULT 0,
    scanners INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (link_id, hour_at)
) STRICT, WITHOUT ROWID;

-- Who followed a link, of newsletters that say they count it.
CREATE TABLE reader_clicks (
    link_id       INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    clicks        INTEGER NOT NULL DEFAULT 0,
    scanners      INTEGER NOT NULL DEFAULT 0,     -- of them by machines, it seems
    first_at      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    PRIMARY KEY (link_id, subscriber_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reader_clicks_by_subscriber ON reader_clicks (subscriber_id);

-- How often an edition was opened by readers who let that be counted.
CREATE TABLE opens (
    edition_id INTEGER PRIMARY KEY REFERENCES editions (id) ON DELETE CASCADE,
    opens      INTEGER NOT NULL DEFAULT 0
) STRICT;
