-- What is kept beside other rows of tests/old_stores/rows_1.sql and must follow from them, so that the store is sound.
UPDATE sqlite_sequence SET seq = 9 WHERE name = 'subscribers';
UPDATE editions SET frozen_to = 4 WHERE id = 1;
INSERT INTO attempt_counts VALUES (99, 'accepted', 1, 250, '2.0.0', 3);
INSERT INTO edition_search (rowid, subject, body) VALUES (1, 'The week', 'A ferry sails'), (2, 'Another week', 'Zoë sings');
INSERT INTO links (id, edition_id, url, story_id, readers, scanners) VALUES (7, 1, 'https://example.org/1', 1, 5, 1);
INSERT INTO clicks (link_id, hour_at, readers, scanners) VALUES (7, 1789999200, 2, 1), (7, 1790002800, 3, 0);
INSERT INTO subscription_days (newsletter_id, day, joined, departed) VALUES (1, 20706, 2, 0), (1, 20717, 0, 1);
INSERT INTO edition_ends (edition_id, ended_at) VALUES (1, 1790000060);
-- A text that PostgreSQL does not keep as it is, and what else is easily lost.
UPDATE attempts SET reply = '451 try' || char(0) || 'later' WHERE subscriber_id = 2;
UPDATE subscribers SET name = 'A\B' || char(9) || char(10) || '\N "ليلى"' WHERE id = 2;
INSERT INTO story_signals (url, signal, at, value)
VALUES ('https://example.org/1', 'reads', 1, 0.1), ('https://example.org/1', 'reads', 2, 1e300),
       ('https://example.org/1', 'reads', 3, 5e-324), ('https://example.org/1', 'reads', 4, 9007199254740993.0);
