-- Learning: what each draft was chosen from and what became of it, and what was learnt from that.

CREATE TABLE draft_candidates (
    edition_id INTEGER NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    story_id   INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    others     TEXT    NOT NULL DEFAULT '[]',
    features   TEXT    NOT NULL,
    score      REAL    NOT NULL,
    proposed   INTEGER,
    place      INTEGER,
    hand       TEXT    NOT NULL DEFAULT '' CHECK (hand IN ('', 'pin', 'drop')),
    PRIMARY KEY (edition_id, story_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tastes (
    id            INTEGER PRIMARY KEY,
    newsletter_id INTEGER NOT NULL REFERENCES newsletters (id),
    learnt_at     INTEGER NOT NULL,
    editions      INTEGER NOT NULL,
    configured    TEXT    NOT NULL,
    weights       TEXT    NOT NULL,
    prior         TEXT    NOT NULL,
    before        TEXT    NOT NULL,
    after         TEXT    NOT NULL
) STRICT;
CREATE INDEX tastes_by_newsletter ON tastes (newsletter_id, id);
