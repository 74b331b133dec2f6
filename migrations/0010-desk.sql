-- The desk: who signs in there, what they did, and what they changed.
ALTER TABLE editions ADD COLUMN preheader TEXT NOT NULL DEFAULT '';

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
