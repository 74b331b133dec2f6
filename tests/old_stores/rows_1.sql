-- A few rows of every table, as schema 1 holds them: an edition that is out, one that is paused, a reader who left.
INSERT INTO keys (id, secret, created_at) VALUES (1, zeroblob(32), 1790000000);
INSERT INTO newsletters (id, slug, scheduled_at) VALUES (1, 'weekly-brief', 1790000000);
INSERT INTO feeds (id, url, platform, etag) VALUES (1, 'https://example.org/feed', 'harmattan', '"a1"');
INSERT INTO stories (id, platform, feed_id, guid, url, headline, published_at, first_seen_at)
VALUES (1, 'harmattan', 1, 'g1', 'https://example.org/1', 'The hall opens', 1789990000, 1789990100);
INSERT INTO headlines (story_id, headline, replaced_at) VALUES (1, 'The hall will open', 1789995000);
INSERT INTO events (id, title, starts_at, timezone) VALUES (1, 'A choir sings', 1790500000, 'Africa/Accra');
INSERT INTO editions (id, newsletter_id, number, state, window_start, window_end, created_at, approved_at, started_at,
                      finished_at, reason, subject, html, text, online, frozen_to, frozen_at)
VALUES (1, 1, 1, 'sent', 1789400000, 1790000000, 1790000000, 1790000001, 1790000002, 1790000060, '',
        'The week', '<p>', 'text', '<p>', 2, 1790000003),
       (2, 1, 2, 'paused', 1790000000, 1790600000, 1790600000, 1790600001, 1790600002, NULL, 'wrong picture',
        'Another week', '<p>', 'text', '<p>', 1, NULL);
INSERT INTO edition_stories (edition_id, position, story_id, reasons) VALUES (1, 1, 1, '["the newest"]');
INSERT INTO subscribers (id, email, name, created_at)
VALUES (1, 'ada@example.org', 'Ada', 1789000000), (2, 'bob@example.org', '', 1789000000);
INSERT INTO subscriptions (newsletter_id, subscriber_id, state, source, created_at, confirmed_at)
VALUES (1, 1, 'confirmed', 'import', 1789000000, 1789000000);
INSERT INTO subscriptions (newsletter_id, subscriber_id, state, source, created_at, confirmed_at, ended_at, ended_by,
                           ended_edition_id)
VALUES (1, 2, 'ended', 'form', 1789000000, 1789000100, 1790000500, 'one-click', 1);
INSERT INTO subscription_changes (newsletter_id, subscriber_id, state, changed_by, edition_id, changed_at)
VALUES (1, 2, 'ended', 'one-click', 1, 1790000500);
INSERT INTO suppressions (email, reason, created_at) VALUES ('cy@example.org', 'complaint', 1789000000);
INSERT INTO erasures (digest, erased_at) VALUES (x'00', 1789000000);
INSERT INTO deliveries (edition_id, subscriber_id, state, attempts, next_attempt_at, changed_at)
VALUES (1, 1, 'accepted', 1, NULL, 1790000050), (1, 2, 'unknown', 1, NULL, 1790000051),
       (1, 3, 'failed', 1, NULL, 1790000052), (1, 4, 'failed', 1, NULL, 1790000053),
       (2, 1, 'queued', 0, 0, 1790600003);
INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply)
VALUES (1, 1, 1, 1790000050, 'accepted', 250, '2.0.0', 'Ok'), (1, 2, 1, 1790000051, 'unknown', 0, '', 'cut off'),
       (1, 3, 1, 1790000052, 'failed', 550, '5.7.1', 'no SPF'), (1, 4, 1, 1790000053, 'failed', 550, '5.1.1', 'unknown');
INSERT INTO delivery_counts (edition_id, state, deliveries)
VALUES (1, 'accepted', 1), (1, 'unknown', 1), (1, 'failed', 2), (2, 'queued', 1);
