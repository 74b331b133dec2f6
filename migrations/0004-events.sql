-- From schema 3 to 4: events from calendars, which are polled as feeds are.
ALTER TABLE feeds ADD COLUMN kind TEXT NOT NULL DEFAULT 'feed' CHECK (kind IN ('feed', 'calendar'));
ALTER TABLE feeds ADD COLUMN read_at INTEGER;

ALTER TABLE events ADD COLUMN all_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN calendar TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN removed_at INTEGER;
CREATE UNIQUE INDEX events_by_key ON events (calendar, key) WHERE calendar <> '';
