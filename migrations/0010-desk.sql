-- The desk: who signs in there, what they did, and what they changed.
ALTER TABLE editions ADD COLUMN preheader TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN send_at INTEGER;
ALTER TABLE editions ADD COLUMN paused_at INTEGER;

-- Who may sign in at the desk. AUTOINCREMENT: what somebody did stays on record under their number.
CREATE TABLE staff (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    email        TEXT    NOT NULL DEFAULT '',     -- where tests are sent to; '' is not known
    role         TEXT    NOT NULL CHECK (role IN ('viewer', 'editor', 'operator')),
    password     TEXT    NOT NULL DEFAULT '',     -- argon2id (a PHC string); '': none
    totp         TEXT    NOT NULL DEFAULT '',     -- secret in Base32 (RFC 6238); '': no second factor
    totp_step    INTEGER NOT NULL DEFAULT 0,      -- the latest time step a code was taken of: each counts once
    failures     INTEGER NOT NULL DEFAULT 0,      -- wrong passwords in a row
    locked_until INTEGER,
    created_at   INTEGER NOT NULL,
    closed_at    INTEGER                          -- may sign in no more
) STRICT;

-- One-time links by which somebody sets their password, the first or a new one. Only a digest is kept.
CREATE TABLE invitations (
    digest     BLOB    NOT NULL PRIMARY KEY,
    staff_id   INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is signed in, and where. Only a digest of what the browser holds is kept.
CREATE TABLE sessions (
    digest     BLOB    NOT NULL PRIMARY KEY,
    staff_id   INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,                  -- within some minutes
    address    TEXT    NOT NULL DEFAULT '',       -- IP address they signed in from
    agent      TEXT    NOT NULL DEFAULT ''        -- the browser, as it calls itself
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_staff ON sessions (staff_id);

-- Who did what at the desk, by the API or to the accounts.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    who     TEXT    NOT NULL,                     -- a name of staff, or the command line
    action  TEXT    NOT NULL,                     -- a word: signed in, approved, …
    subject TEXT    NOT NULL DEFAULT '',          -- what it was done to
    detail  TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_by_time ON audit (at);

-- What was changed in an edition, so that it can be taken back.
CREATE TABLE edition_changes (
    id         INTEGER PRIMARY KEY,
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    who        TEXT    NOT NULL,
    what       TEXT    NOT NULL,                  -- a sentence
    facts      TEXT    NOT NULL,                  -- JSON: what each thing was before and after
    changed_at INTEGER NOT NULL,
    undone_at  INTEGER
) STRICT;
CREATE INDEX edition_changes_by_edition ON edition_changes (edition_id);

-- By which words readers are found: the beginnings of those of their address and name. Triggers keep it with the rows.
CREATE VIRTUAL TABLE subscriber_search USING fts5 (
    email, name, content = 'subscribers', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2",
    prefix = '1 2 3 4 5 6'
);
-- What is taken out is gone, not only marked as gone: erased readers leave nothing here.
INSERT INTO subscriber_search (subscriber_search, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER subscriber_added AFTER INSERT ON subscribers BEGIN
    INSERT INTO subscriber_search (rowid, email, name) VALUES (new.id, new.email, new.name);
END;
CREATE TRIGGER subscriber_changed AFTER UPDATE OF email, name ON subscribers
WHEN old.email <> new.email OR old.name <> new.name BEGIN
    INSERT INTO subscriber_search (subscriber_search, rowid, email, name)
    VALUES ('delete', old.id, old.email, old.name);
    INSERT INTO subscriber_search (rowid, email, name) VALUES (new.id, new.email, new.name);
END;
CREATE TRIGGER subscriber_removed AFTER DELETE ON subscribers BEGIN
    INSERT INTO subscriber_search (subscriber_search, rowid, email, name)
    VALUES ('delete', old.id, old.email, old.name);
END;

-- By which words stories are found.
CREATE VIRTUAL TABLE story_search USING fts5 (
    headline, standfirst, content = 'stories', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2",
    prefix = '1 2 3'
);
CREATE TRIGGER story_added AFTER INSERT ON stories BEGIN
    INSERT INTO story_search (rowid, headline, standfirst) VALUES (new.id, new.headline, new.standfirst);
END;
CREATE TRIGGER story_changed AFTER UPDATE OF headline, standfirst ON stories
WHEN old.headline <> new.headline OR old.standfirst <> new.standfirst BEGIN
    INSERT INTO story_search (story_search, rowid, headline, standfirst)
    VALUES ('delete', old.id, old.headline, old.standfirst);
    INSERT INTO story_search (rowid, headline, standfirst) VALUES (new.id, new.headline, new.standfirst);
END;
CREATE TRIGGER story_removed AFTER DELETE ON stories BEGIN
    INSERT INTO story_search (story_search, rowid, headline, standfirst)
    VALUES ('delete', old.id, old.headline, old.standfirst);
END;

-- Files of readers that were sent to the desk and wait for the word to go on, for an hour.
CREATE TABLE uploads (
    digest     BLOB    NOT NULL PRIMARY KEY,      -- of all that follows, but for the time
    staff_id   INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE, -- who sent it, and may go on
    newsletter TEXT    NOT NULL,                  -- its id in the configuration
    confirmed  INTEGER NOT NULL,                  -- 1: they have agreed to be mailed
    file_name  TEXT    NOT NULL,
    bytes      BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO subscriber_search (subscriber_search) VALUES ('rebuild');
INSERT INTO story_search (story_search) VALUES ('rebuild');

-- Pictures that editors brought in, as they are mailed: under the digest of their bytes, and for ever, since messages that
-- were sent lead to them.
CREATE TABLE pictures (
    digest   TEXT    NOT NULL PRIMARY KEY,
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    jpeg     BLOB    NOT NULL,
    added_by TEXT    NOT NULL,
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Blocks that somebody pays for, in the editions of a newsletter that go out within their days.
CREATE TABLE sponsors (
    id            INTEGER PRIMARY KEY,
    newsletter_id INTEGER NOT NULL REFERENCES newsletters (id),
    name          TEXT    NOT NULL,               -- who pays: the title of the block
    headline      TEXT    NOT NULL,
    text          TEXT    NOT NULL DEFAULT '',
    url           TEXT    NOT NULL,
    image_url     TEXT    NOT NULL DEFAULT '',
    image_alt     TEXT    NOT NULL DEFAULT '',
    starts_on     TEXT    NOT NULL,               -- 2026-11-27, in the newsletter's zone
    ends_on       TEXT    NOT NULL                -- the last day
) STRICT;
CREATE INDEX sponsors_by_newsletter ON sponsors (newsletter_id, ends_on);

-- How many readers a newsletter has, without looking at each of its subscriptions.
CREATE INDEX subscriptions_confirmed ON subscriptions (newsletter_id, paused_until) WHERE state = 'confirmed';

-- The journals that webhooks are told from: ids that are never given again, and what a journal lacked.
ALTER TABLE subscription_changes RENAME TO former_subscription_changes;
DROP INDEX subscription_changes_by_subscriber;
-- What befell a subscription after it was made, in order: the story that is told when a reader asks. AUTOINCREMENT: an id
-- is never given again, because webhooks know by it what they were told.
CREATE TABLE subscription_changes (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    newsletter_id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    state         TEXT    NOT NULL,
    changed_by    TEXT    NOT NULL,
    edition_id    INTEGER REFERENCES editions (id),
    changed_at    INTEGER NOT NULL,
    was_confirmed INTEGER NOT NULL DEFAULT 0      -- 1: it had been confirmed before it ended
) STRICT;
CREATE INDEX subscription_changes_by_subscriber ON subscription_changes (subscriber_id);
INSERT INTO subscription_changes (id, newsletter_id, subscriber_id, state, changed_by, edition_id, changed_at)
SELECT id, newsletter_id, subscriber_id, state, changed_by, edition_id, changed_at
FROM former_subscription_changes ORDER BY id;
DROP TABLE former_subscription_changes;

ALTER TABLE suppression_changes RENAME TO former_suppression_changes;
DROP INDEX suppression_changes_by_email;
-- What befell the suppressions, in order: who took one away, and why, must have an answer. AUTOINCREMENT as above.
CREATE TABLE suppression_changes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    email       TEXT    NOT NULL COLLATE NOCASE,
    change      TEXT    NOT NULL CHECK (change IN ('added', 'removed')),
    reason      TEXT    NOT NULL,
    changed_at  INTEGER NOT NULL,
    feedback_id INTEGER                           -- what came back and made it so; NULL: an operator's word
) STRICT;
CREATE INDEX suppression_changes_by_email ON suppression_changes (email);
INSERT INTO suppression_changes (id, email, change, reason, changed_at)
SELECT id, email, change, reason, changed_at FROM former_suppression_changes ORDER BY id;
DROP TABLE former_suppression_changes;

-- Editions whose sending came to its end, each once and in the order of their ends: one that is taken up again for a few
-- readers is not told anew.
CREATE TABLE edition_ends (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    edition_id INTEGER NOT NULL UNIQUE REFERENCES editions (id) ON DELETE CASCADE,
    ended_at   INTEGER NOT NULL
) STRICT;

-- The publisher's other systems that are told what happens, under their ids in the configuration. The journals
-- (subscription_changes, suppression_changes, edition_ends) were told them up to these rows.
CREATE TABLE webhooks (
    id                  TEXT    NOT NULL PRIMARY KEY,
    url_digest          BLOB    NOT NULL,         -- of the URL: it may hold a secret itself
    subscription_change INTEGER NOT NULL,
    suppression_change  INTEGER NOT NULL,
    edition_end         INTEGER NOT NULL,
    switched_off_at     INTEGER,                  -- it answered 410 Gone; until the URL is another
    wait_until          INTEGER,                  -- it asked to be left alone
    succeeded_at        INTEGER,
    failed_at           INTEGER,
    last_error          TEXT    NOT NULL DEFAULT '' -- of the latest call, if that failed
) STRICT, WITHOUT ROWID;

-- What is told to a webhook, or could not be. Forgotten after some weeks, and with the reader it is about.
CREATE TABLE webhook_calls (
    id            INTEGER PRIMARY KEY,
    webhook       TEXT    NOT NULL,
    message_id    TEXT    NOT NULL,               -- the same at every try
    event         TEXT    NOT NULL,
    payload       TEXT    NOT NULL,               -- the JSON that is sent; '' once it is done
    subscriber_id INTEGER REFERENCES subscribers (id) ON DELETE CASCADE,
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'done', 'given up')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_at       INTEGER,                        -- NULL: it waits no more
    last_error    TEXT    NOT NULL DEFAULT '',
    created_at    INTEGER NOT NULL,
    ended_at      INTEGER
) STRICT;
CREATE INDEX webhook_calls_due ON webhook_calls (webhook, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_calls_given_up ON webhook_calls (webhook) WHERE state = 'given up';
CREATE INDEX webhook_calls_by_subscriber ON webhook_calls (subscriber_id) WHERE subscriber_id IS NOT NULL;
CREATE INDEX webhook_calls_ended ON webhook_calls (ended_at) WHERE ended_at IS NOT NULL;
INSERT INTO edition_ends (edition_id, ended_at)
SELECT id, finished_at FROM editions WHERE finished_at IS NOT NULL AND started_at IS NOT NULL ORDER BY finished_at, id;

-- What was found at the links of drafts when they were asked for last. Forgotten after a month.
CREATE TABLE link_checks (
    url        TEXT    NOT NULL PRIMARY KEY,      -- without its fragment
    verdict    TEXT    NOT NULL CHECK (verdict IN ('well', 'gone', 'refused', 'failing')),
    reason     TEXT    NOT NULL DEFAULT '',       -- what was answered, or why nothing was
    checked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_checks_by_time ON link_checks (checked_at);

-- Events that an editor keeps out of an edition; without a row, those of its days are in.
CREATE TABLE dropped_events (
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    event_id   INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    PRIMARY KEY (edition_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dropped_events_by_event ON dropped_events (event_id);

-- When a try to deliver an edition last ended, and what its relays said if they have taken nothing since: whether it moves
-- is seen without reading the tries.
CREATE TABLE last_tries (
    edition_id  INTEGER PRIMARY KEY,
    ended_at    INTEGER,
    trouble     TEXT    NOT NULL DEFAULT '',
    troubled_at INTEGER
) STRICT;

-- How often receivers did not believe that mails of an edition are ours, by what failed, with what was said last.
CREATE TABLE auth_refusals (
    edition_id INTEGER NOT NULL,
    failed     TEXT    NOT NULL,                  -- spf, dkim, dmarc, name, several
    refusals   INTEGER NOT NULL DEFAULT 0,
    reply      INTEGER NOT NULL DEFAULT 0,        -- SMTP reply code of the last
    status     TEXT    NOT NULL DEFAULT '',       -- RFC 3463
    said       TEXT    NOT NULL DEFAULT '',       -- the text of the last, without what stands before an @
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (edition_id, failed)
) STRICT, WITHOUT ROWID;

-- How tries ended, by the recipients' domains: tries, not readers, and nothing is taken back that was tried. Those with
-- under a thousandth of an edition's tries are added up under '' when it ends.
CREATE TABLE domain_counts (
    edition_id INTEGER NOT NULL,
    domain     TEXT    NOT NULL,
    accepted   INTEGER NOT NULL DEFAULT 0,
    deferred   INTEGER NOT NULL DEFAULT 0,
    failed     INTEGER NOT NULL DEFAULT 0,
    unknown    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (edition_id, domain)
) STRICT, WITHOUT ROWID;

-- Readers about whom something came back, counted once for each edition and class, by the reason that came first.
CREATE TABLE feedback_counts (
    edition_id INTEGER NOT NULL,
    class      TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    refused    INTEGER NOT NULL DEFAULT 0,        -- by the relay, while it was sent
    returned   INTEGER NOT NULL DEFAULT 0,        -- told afterwards
    PRIMARY KEY (edition_id, class, reason)
) STRICT, WITHOUT ROWID;

-- Who came and who left, by the day (UTC): those who joined without the others are the confirmed subscriptions of now.
CREATE TABLE subscription_days (
    newsletter_id INTEGER NOT NULL,
    day           INTEGER NOT NULL,               -- since 1970-01-01
    joined        INTEGER NOT NULL DEFAULT 0,
    departed      INTEGER NOT NULL DEFAULT 0,     -- by themselves
    complained    INTEGER NOT NULL DEFAULT 0,
    removed       INTEGER NOT NULL DEFAULT 0,     -- by an operator, or erased
    PRIMARY KEY (newsletter_id, day)
) STRICT, WITHOUT ROWID;

-- Readers' clicks by the hour, of all editions of a newsletter together.
CREATE TABLE click_hours (
    newsletter_id INTEGER NOT NULL,
    hour_at       INTEGER NOT NULL,
    readers       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (newsletter_id, hour_at)
) STRICT, WITHOUT ROWID;

-- How often each link was followed in all, and who left by way of which edition: without reading every hour and reader.
ALTER TABLE links ADD COLUMN readers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN scanners INTEGER NOT NULL DEFAULT 0;
CREATE INDEX subscriptions_ended ON subscriptions (ended_edition_id, ended_by, ended_reason)
    WHERE ended_edition_id IS NOT NULL;

-- What is there already is counted once. How tries ended by domain is known of later editions only.
UPDATE links SET (readers, scanners) =
    (SELECT coalesce(sum(c.readers), 0), coalesce(sum(c.scanners), 0) FROM clicks AS c WHERE c.link_id = links.id);
INSERT INTO click_hours (newsletter_id, hour_at, readers)
SELECT e.newsletter_id, c.hour_at, sum(c.readers)
FROM clicks AS c JOIN links AS l ON l.id = c.link_id JOIN editions AS e ON e.id = l.edition_id
GROUP BY e.newsletter_id, c.hour_at;
INSERT INTO feedback_counts (edition_id, class, reason, refused, returned)
SELECT edition_id, class, reason, sum(source = 'relay'), sum(source <> 'relay')
FROM feedback
WHERE id IN (SELECT min(id) FROM feedback WHERE edition_id IS NOT NULL GROUP BY edition_id, class, subscriber_id)
GROUP BY edition_id, class, reason;
INSERT INTO subscription_days (newsletter_id, day, joined)
SELECT newsletter_id, confirmed_at / 86400, count(*) FROM subscriptions WHERE confirmed_at IS NOT NULL GROUP BY 1, 2;
INSERT INTO subscription_days (newsletter_id, day, departed, complained, removed)
SELECT newsletter_id, ended_at / 86400, sum(ended_by IN ('one-click', 'page', 'mail')), sum(ended_by = 'complaint'),
       sum(ended_by NOT IN ('one-click', 'page', 'mail', 'complaint'))
FROM subscriptions WHERE state = 'ended' AND confirmed_at IS NOT NULL AND ended_at IS NOT NULL GROUP BY 1, 2
ON CONFLICT (newsletter_id, day)
DO UPDATE SET departed = excluded.departed, complained = excluded.complained, removed = excluded.removed;

-- Codes that stand for a second factor that was lost, each good once. Only digests are kept.
CREATE TABLE recovery_codes (
    staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    digest   BLOB    NOT NULL,
    PRIMARY KEY (staff_id, digest)
) STRICT, WITHOUT ROWID;

-- Keys on somebody's devices, by which they sign in without a password (WebAuthn).
CREATE TABLE passkeys (
    id         BLOB    NOT NULL PRIMARY KEY,      -- the authenticator's name for it
    staff_id   INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    handle     BLOB    NOT NULL,                  -- the account's name for authenticators: 64 random bytes, one a person
    name       TEXT    NOT NULL,
    public_key BLOB    NOT NULL,                  -- with what else never changes
    use_state  BLOB    NOT NULL,                  -- its counter, and what else may change with each use
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_by_staff ON passkeys (staff_id);

-- What was begun and waits some minutes for its other half: a right password for its code, a challenge for its passkey.
-- Each is good once. Only a digest of what the browser holds is kept.
CREATE TABLE half_steps (
    digest     BLOB    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('code', 'passkey', 'new passkey')),
    staff_id   INTEGER REFERENCES staff (id) ON DELETE CASCADE, -- NULL: whoever has the passkey
    state      BLOB    NOT NULL DEFAULT x'',      -- what the answer is held against
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX half_steps_by_expiry ON half_steps (expires_at);

-- What programs are let in by at the API. Only digests are kept; what was revoked stays, since the record names it.
CREATE TABLE api_tokens (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    digest     BLOB    NOT NULL UNIQUE,
    scopes     TEXT    NOT NULL,                  -- subscribers:read editions:send, with a space between
    created_by TEXT    NOT NULL,                  -- a name of staff, or the command line
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at    INTEGER,                           -- within some minutes
    revoked_at INTEGER
) STRICT;
