-- What the selection says of a story in an edition, kept with it: the draft shows what was decided, and is not decided anew.
ALTER TABLE edition_stories ADD COLUMN score REAL NOT NULL DEFAULT 0;
ALTER TABLE edition_stories ADD COLUMN also_on TEXT NOT NULL DEFAULT '[]';
ALTER TABLE edition_stories ADD COLUMN section TEXT NOT NULL DEFAULT '';
ALTER TABLE edition_stories ADD COLUMN sponsored INTEGER NOT NULL DEFAULT 0;

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
