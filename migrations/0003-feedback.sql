-- From schema 2 to 3: what comes back, what is done about it, and who is never mailed and why.
ALTER TABLE editions ADD COLUMN judged_to INTEGER NOT NULL DEFAULT 0;

-- What befell the suppressions, in order: who took one away, and why, must have an answer.
CREATE TABLE suppression_changes (
    id         INTEGER PRIMARY KEY,
    email      TEXT    NOT NULL COLLATE NOCASE,
    change     TEXT    NOT NULL CHECK (change IN ('added', 'removed')),
    reason     TEXT    NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX suppression_changes_by_email ON suppression_changes (email);

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

-- Deliveries that failed by our fault so far: `send-missed` goes by their feedback.
INSERT INTO feedback (edition_id, subscriber_id, class, reason, status, reply, diagnostic, source, action, received_at)
SELECT a.edition_id, a.subscriber_id, 'ours', 'undefined', a.enhanced, a.code, a.reply, 'relay', 'none', a.finished_at
FROM attempts AS a
WHERE a.outcome = 'failed'
  AND (a.enhanced GLOB '5.7.*' OR a.enhanced GLOB '5.6.*' OR a.enhanced IN ('5.3.4', '5.2.3'));
