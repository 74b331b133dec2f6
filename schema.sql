-- The store of griot: today's truth. An older store is brought here step by step (src/store/migrations.rs).
--
-- Times (`…_at`) are whole seconds since 1970-01-01 UTC, NULL where it has not happened. Lists are JSON arrays.
-- Texts that may be missing are ''. Every state is a word, so that `sqlite3 griot.db` answers an operator directly.

-- Secrets that sign tokens and Message-IDs. The newest signs, all verify that are not retired. The first one stays for
-- ever: the digests of erased readers are made with it.
CREATE TABLE keys (
    id         INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 255),
    secret     BLOB    NOT NULL CHECK (length(secret) >= 32),
    created_at INTEGER NOT NULL,
    retired_at INTEGER                            -- it verifies no more
) STRICT;

-- Newsletters are described in griot.toml; here each only gets the short number that tokens and rows carry.
CREATE TABLE newsletters (
    id            INTEGER PRIMARY KEY,
    slug          TEXT    NOT NULL UNIQUE,
    scheduled_at  INTEGER                         -- a daemon first saw it: runs before that were never missed
) STRICT;

-- What polling knows of each feed and calendar. It stays here when it leaves the configuration, and is not polled then.
CREATE TABLE feeds (
    id            INTEGER PRIMARY KEY,
    url           TEXT    NOT NULL UNIQUE,        -- as configured
    platform      TEXT    NOT NULL,               -- its id; of a signal feed, the name of the outlet
    title         TEXT    NOT NULL DEFAULT '',
    moved_to      TEXT    NOT NULL DEFAULT '',    -- remembered after permanent redirects only
    etag          TEXT    NOT NULL DEFAULT '',
    last_modified TEXT    NOT NULL DEFAULT '',
    polled_at     INTEGER,
    next_poll_at  INTEGER NOT NULL DEFAULT 0,
    failures      INTEGER NOT NULL DEFAULT 0,     -- in a row
    failing_since INTEGER,
    last_error    TEXT    NOT NULL DEFAULT '',
    disabled_at   INTEGER,                        -- answered 410 Gone
    kind          TEXT    NOT NULL DEFAULT 'feed' CHECK (kind IN ('feed', 'calendar')),
    read_at       INTEGER                         -- it last came as a whole, not as "not modified"
) STRICT;

CREATE TABLE stories (
    id            INTEGER PRIMARY KEY,
    platform      TEXT    NOT NULL,
    feed_id       INTEGER REFERENCES feeds (id),  -- NULL for a story added by hand
    guid          TEXT    NOT NULL,
    url           TEXT    NOT NULL,               -- canonical: tracking parameters and fragment off
    headline      TEXT    NOT NULL,
    standfirst    TEXT    NOT NULL DEFAULT '',
    bylines       TEXT    NOT NULL DEFAULT '[]',
    section       TEXT    NOT NULL DEFAULT '',
    tags          TEXT    NOT NULL DEFAULT '[]',
    published_at  INTEGER NOT NULL,               -- first_seen_at where the feed gave none, or one in the future
    updated_at    INTEGER,
    first_seen_at INTEGER NOT NULL,
    image_url     TEXT    NOT NULL DEFAULT '',
    image_width   INTEGER,
    image_height  INTEGER,
    image_alt     TEXT    NOT NULL DEFAULT '',
    image_caption TEXT    NOT NULL DEFAULT '',
    image_credit  TEXT    NOT NULL DEFAULT '',
    comments      INTEGER,
    body          TEXT    NOT NULL DEFAULT '',    -- sanitised HTML
    words         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (platform, guid)
) STRICT;
CREATE INDEX stories_by_url ON stories (platform, url);
CREATE INDEX stories_by_time ON stories (published_at);
-- With all that is asked of many weeks' stories when what is usual of a platform is learnt.
CREATE INDEX stories_by_platform ON stories (platform, published_at, url);

-- Headlines a story bore before the present one.
CREATE TABLE headlines (
    story_id       INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    headline       TEXT    NOT NULL,
    replaced_at    INTEGER NOT NULL,
    PRIMARY KEY (story_id, replaced_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id         INTEGER PRIMARY KEY,
    title      TEXT    NOT NULL,
    place      TEXT    NOT NULL DEFAULT '',
    url        TEXT    NOT NULL DEFAULT '',
    starts_at  INTEGER NOT NULL,
    timezone   TEXT    NOT NULL,                  -- IANA name of the place's zone: shown in local time
    all_day    INTEGER NOT NULL DEFAULT 0,        -- 1: no hour is shown; starts_at is the midnight it begins with
    calendar   TEXT    NOT NULL DEFAULT '',       -- the URL polled, or the name it was imported under; '': by hand
    key        TEXT    NOT NULL DEFAULT '',       -- of the occurrence within its calendar
    removed_at INTEGER                            -- an editor's word: not shown, however often its calendar is read
) STRICT;
CREATE INDEX events_by_time ON events (starts_at);
CREATE UNIQUE INDEX events_by_key ON events (calendar, key) WHERE calendar <> '';

-- One dated number of a newsletter. The composed parts are frozen at approval: going on later can't change content.
CREATE TABLE editions (
    id            INTEGER PRIMARY KEY,
    newsletter_id INTEGER NOT NULL REFERENCES newsletters (id),
    number        INTEGER NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN
                  ('draft', 'approved', 'sending', 'sent', 'paused', 'cancelled', 'skipped')),
    slot_at       INTEGER,                        -- the scheduled run it was made for
    window_start  INTEGER NOT NULL,               -- stories published in [start, end)
    window_end    INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    approved_at   INTEGER,
    started_at    INTEGER,                        -- recipients began to be frozen
    finished_at   INTEGER,                        -- sent, cancelled or skipped
    reason        TEXT    NOT NULL DEFAULT '',    -- why it is paused, cancelled or skipped
    subject       TEXT    NOT NULL DEFAULT '',    -- in a draft the editor's; '' is taken from the lead
    html          TEXT    NOT NULL DEFAULT '',    -- with places for the personal parts
    text          TEXT    NOT NULL DEFAULT '',
    online        TEXT    NOT NULL DEFAULT '',    -- the page in the archive, without anybody's own links
    frozen_to     INTEGER NOT NULL DEFAULT 0,     -- subscribers up to this id have their delivery row
    frozen_at     INTEGER,                        -- the last recipient has its row
    resume_at     INTEGER,                        -- a paused one goes on by itself then
    judged_to     INTEGER NOT NULL DEFAULT 0,     -- feedback up to this id pauses it no more: an operator has seen it
    intro         TEXT,                           -- the editor's; NULL is the newsletter's
    preheader     TEXT    NOT NULL DEFAULT '',    -- the editor's; '' is made of the headlines
    send_at       INTEGER,                        -- an editor's word: it goes out then, and not with its run
    paused_at     INTEGER,                        -- since when it is paused
    key_id        INTEGER,                        -- makes its links and Message-IDs; NULL: the first key
    UNIQUE (newsletter_id, number),
    UNIQUE (newsletter_id, slot_at)
) STRICT;

-- The stories of an edition, in order; 1 is the lead.
CREATE TABLE edition_stories (
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    story_id   INTEGER NOT NULL REFERENCES stories (id),
    reasons    TEXT    NOT NULL DEFAULT '[]',
    score      REAL    NOT NULL DEFAULT 0,
    also_on    TEXT    NOT NULL DEFAULT '[]',     -- ids of the other platforms that ran it
    section    TEXT    NOT NULL DEFAULT '',       -- title of the part it stands in; '' is the brief itself
    sponsored  INTEGER NOT NULL DEFAULT 0,        -- 1: that part is paid for
    PRIMARY KEY (edition_id, position),
    UNIQUE (edition_id, story_id)
) STRICT, WITHOUT ROWID;

-- The headlines beside the stories of an edition: most read this week, and earlier ones under the lead.
CREATE TABLE edition_links (
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    list       TEXT    NOT NULL CHECK (list IN ('must read', 'read also')),
    position   INTEGER NOT NULL,
    story_id   INTEGER NOT NULL REFERENCES stories (id),
    reason     TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (edition_id, list, position),
    UNIQUE (edition_id, list, story_id)
) STRICT, WITHOUT ROWID;

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

-- Where the links of an edition lead.
CREATE TABLE links (
    id         INTEGER PRIMARY KEY,
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    url        TEXT    NOT NULL,                  -- http or https
    story_id   INTEGER REFERENCES stories (id) ON DELETE SET NULL,
    readers    INTEGER NOT NULL DEFAULT 0,        -- its clicks in all
    scanners   INTEGER NOT NULL DEFAULT 0,
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

-- AUTOINCREMENT: the id of an erased subscriber is never given again, because links that carry it are still in mail.
CREATE TABLE subscribers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    email      TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    name       TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    timezone   TEXT    NOT NULL DEFAULT '',       -- IANA name; '' is the newsletter's
    language   TEXT    NOT NULL DEFAULT ''        -- of the pages they signed up on (BCP 47); '' is the newsletter's
) STRICT;

CREATE TABLE subscriptions (
    newsletter_id    INTEGER NOT NULL REFERENCES newsletters (id),
    subscriber_id    INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    state            TEXT    NOT NULL CHECK (state IN ('pending', 'confirmed', 'ended')),
    source           TEXT    NOT NULL,            -- import, import from Mailchimp, command line, form
    created_at       INTEGER NOT NULL,
    confirmed_at     INTEGER,
    ended_at         INTEGER,
    ended_by         TEXT    NOT NULL DEFAULT '', -- one-click, page, mail, complaint, command line, import from Mailchimp
    ended_edition_id INTEGER REFERENCES editions (id),
    ended_reason     TEXT    NOT NULL DEFAULT '', -- what the reader said of it, if anything
    paused_until     INTEGER,                     -- no edition that is frozen before is for them
    without          TEXT    NOT NULL DEFAULT '', -- platforms they do without: ids in their order, with commas between
    opens_agreed_at  INTEGER,                     -- they let their opening be counted
    PRIMARY KEY (newsletter_id, subscriber_id)
) STRICT, WITHOUT ROWID;
-- The few who want a variant of an edition.
CREATE INDEX subscriptions_varied ON subscriptions (newsletter_id, without, opens_agreed_at)
    WHERE without <> '' OR opens_agreed_at IS NOT NULL;
-- How many readers a newsletter has, without looking at each of its subscriptions.
CREATE INDEX subscriptions_confirmed ON subscriptions (newsletter_id, paused_until) WHERE state = 'confirmed';
-- Who left by way of which edition, and why.
CREATE INDEX subscriptions_ended ON subscriptions (ended_edition_id, ended_by, ended_reason)
    WHERE ended_edition_id IS NOT NULL;

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
    confirmed_from    TEXT    NOT NULL DEFAULT '',-- IP address, until it is old
    imported_at       INTEGER                     -- it was given elsewhere, and came with an import then
) STRICT;
CREATE INDEX consents_by_subscriber ON consents (subscriber_id);
CREATE INDEX consents_with_address ON consents (asked_at) WHERE asked_from <> '' OR confirmed_from <> '';

-- Letters to one reader, sent as soon as the relay takes them. Kept for some days after that: how many went to an address
-- is read off them.
CREATE TABLE letters (
    id              INTEGER PRIMARY KEY,
    kind            TEXT    NOT NULL,             -- confirm, already, link, welcome, address, moved, ask
    subscriber_id   INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    newsletter_id   INTEGER NOT NULL REFERENCES newsletters (id), -- in whose name it is sent
    detail          TEXT    NOT NULL DEFAULT '',  -- ids of newsletters, or an address, by its kind
    queued_at       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,                      -- NULL: nothing more will be tried
    sent_at         INTEGER,
    problem         TEXT    NOT NULL DEFAULT '',  -- why the last try failed
    key_id          INTEGER                       -- makes its links and its Message-ID; NULL: the first key
) STRICT;
CREATE INDEX letters_due ON letters (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX letters_by_subscriber ON letters (subscriber_id, kind);
CREATE INDEX letters_by_time ON letters (queued_at);

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

-- The address a reader wants instead, until it is confirmed.
CREATE TABLE address_changes (
    subscriber_id INTEGER PRIMARY KEY REFERENCES subscribers (id) ON DELETE CASCADE,
    email         TEXT    NOT NULL COLLATE NOCASE,
    asked_at      INTEGER NOT NULL
) STRICT;

-- Who is never mailed, whatever they subscribed to: an address, or as '@example.org' everybody at a domain.
CREATE TABLE suppressions (
    email      TEXT    NOT NULL COLLATE NOCASE PRIMARY KEY,
    reason     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

-- What remains of an erased subscriber: a keyed digest, so that an import can't bring the address back.
CREATE TABLE erasures (
    digest    BLOB    NOT NULL PRIMARY KEY,
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One edition for one subscriber. No foreign key to subscribers: the account of an edition outlives an erasure.
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
    variant         INTEGER NOT NULL DEFAULT 0,   -- number of the edition's variant; 0 is the edition itself
    node_id         INTEGER,                      -- who has it while it is sending, where several nodes send
    PRIMARY KEY (edition_id, subscriber_id)
) STRICT, WITHOUT ROWID;
-- What is still to be tried, in the order it falls due. Rows leave it when they are done, so it stays small.
CREATE INDEX deliveries_due ON deliveries (edition_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- One SMTP try at a delivery, written when its outcome is known (or known to be unknown).
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

-- How many deliveries of an edition are in each state; changed in the transaction that changes the deliveries.
CREATE TABLE delivery_counts (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    state      TEXT    NOT NULL,
    deliveries INTEGER NOT NULL,
    PRIMARY KEY (edition_id, state)
) STRICT, WITHOUT ROWID;

-- What came back: a row for each thing that was said about a delivery, and what was done about it.
CREATE TABLE feedback (
    id            INTEGER PRIMARY KEY,
    edition_id    INTEGER,                        -- NULL: not known. No foreign keys: it outlives both
    subscriber_id INTEGER,                        -- NULL: not known
    class         TEXT    NOT NULL,               -- hard, soft, ours, complaint, …
    reason        TEXT    NOT NULL,               -- userunknown, mailboxfull, …
    status        TEXT    NOT NULL DEFAULT '',    -- RFC 3463
    reply         INTEGER NOT NULL DEFAULT 0,     -- SMTP reply code, 0 where none is told
    domain        TEXT    NOT NULL DEFAULT '',    -- of the recipient
    diagnostic    TEXT    NOT NULL DEFAULT '',    -- bounded raw text
    source        TEXT    NOT NULL,               -- the door: relay, lmtp, imap, ses, …
    action        TEXT    NOT NULL,               -- suppress, count, end, unsubscribe, none, ignore
    done_before   INTEGER NOT NULL DEFAULT 0,     -- the edition's deliveries that had an outcome by then
    received_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_by_subscriber ON feedback (subscriber_id) WHERE subscriber_id IS NOT NULL;
CREATE INDEX feedback_by_edition ON feedback (edition_id, class, done_before) WHERE edition_id IS NOT NULL;

-- What was taken in, by a digest of it, so that nothing counts twice that comes twice. Forgotten after some months.
CREATE TABLE received (
    digest      BLOB    NOT NULL PRIMARY KEY,
    received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX received_by_time ON received (received_at);

-- What came back and was not understood, or is not shown to be about a message of ours: somebody looks at it.
CREATE TABLE reviews (
    id          INTEGER PRIMARY KEY,
    source      TEXT    NOT NULL,
    sender      TEXT    NOT NULL DEFAULT '',
    subject     TEXT    NOT NULL DEFAULT '',
    because     TEXT    NOT NULL,                 -- why it is here
    mail        BLOB    NOT NULL,                 -- its beginning
    received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reviews_by_time ON reviews (received_at);

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

-- Counts: views, shares or whatever was pushed, and the comments that feeds tell. By URL, because a count may come
-- before its story does.
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

-- What a draft was chosen from: a row for each of the best clusters, and for what was picked or pinned. `proposed` is
-- what selection would have done without the editor, `place` and `hand` are what became of it. Forgotten after two years.
CREATE TABLE draft_candidates (
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    story_id   INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    others     TEXT    NOT NULL DEFAULT '[]',     -- the same story on other platforms
    features   TEXT    NOT NULL,                  -- by term: its number before it is weighed
    score      REAL    NOT NULL,                  -- as weighed then
    proposed   INTEGER,                           -- its place in the draft; NULL: not in it
    place      INTEGER,                           -- its place when the edition was approved
    hand       TEXT    NOT NULL DEFAULT '' CHECK (hand IN ('', 'pin', 'drop')),
    PRIMARY KEY (edition_id, story_id)
) STRICT, WITHOUT ROWID;

-- What was learnt for a newsletter. The newest is used while the configured weights are those it was learnt from.
CREATE TABLE tastes (
    id            INTEGER PRIMARY KEY,
    newsletter_id INTEGER NOT NULL REFERENCES newsletters (id),
    learnt_at     INTEGER NOT NULL,
    editions      INTEGER NOT NULL,               -- it was learnt from so many
    configured    TEXT    NOT NULL,               -- weights by term, as they were then
    weights       TEXT    NOT NULL,               -- weights by term
    prior         TEXT    NOT NULL,               -- by trait: how much likelier, as a logarithm
    before        TEXT    NOT NULL,               -- figures on editions held back, without it
    after         TEXT    NOT NULL                -- the same with it
) STRICT;
CREATE INDEX tastes_by_newsletter ON tastes (newsletter_id, id);

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
