-- Fills a store of schema 1 with as many readers as the temporary table `size` says, and with what they leave behind: three
-- newsletters, eight editions of the first, a delivery and its tries for each reader of each.
INSERT INTO keys (id, secret, created_at) VALUES (1, zeroblob(32), 1780000000);
INSERT INTO newsletters (id, slug, scheduled_at)
VALUES (1, 'weekly-brief', 1780000000), (2, 'late-brief', 1780000000), (3, 'monthly-brief', NULL);
INSERT INTO feeds (id, url, platform, etag) VALUES (1, 'https://example.org/feed', 'harmattan', '"a1"');

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
INSERT INTO stories (id, platform, feed_id, guid, url, headline, standfirst, published_at, first_seen_at, body, words)
SELECT i, 'harmattan', 1, 'g' || i, 'https://example.org/' || i, 'Headline number ' || i, 'What it is about, ' || i,
       1780000000 + i * 3600, 1780000060 + i * 3600, '<p>' || printf('%.*c', 2000, 'x') || '</p>', 400
FROM n;
INSERT INTO headlines (story_id, headline, replaced_at) SELECT id, 'Before: ' || headline, first_seen_at + 60 FROM stories WHERE id % 7 = 0;

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8)
INSERT INTO editions (id, newsletter_id, number, state, slot_at, window_start, window_end, created_at, approved_at, started_at,
                      finished_at, reason, subject, html, text, online, frozen_to, frozen_at)
SELECT i, 1, i, CASE i WHEN 7 THEN 'paused' WHEN 8 THEN 'draft' ELSE 'sent' END, 1780000000 + i * 604800,
       1780000000 + (i - 1) * 604800, 1780000000 + i * 604800, 1780000000 + i * 604800,
       iif(i < 8, 1780000001 + i * 604800, NULL), iif(i < 8, 1780000002 + i * 604800, NULL),
       iif(i < 7, 1780003600 + i * 604800, NULL), iif(i = 7, 'a wrong picture', ''),
       iif(i < 8, 'The week, number ' || i, ''), iif(i < 8, '<p>' || printf('%.*c', 30000, 'h') || '</p>', ''),
       iif(i < 8, printf('%.*c', 8000, 't'), ''), iif(i < 8, '<html>' || printf('%.*c', 30000, 'o'), ''),
       iif(i < 8, (SELECT readers FROM size), 0), iif(i < 8, 1780000003 + i * 604800, NULL)
FROM n;
INSERT INTO edition_stories (edition_id, position, story_id, reasons)
SELECT e.id, s.i, (e.id - 1) * 20 + s.i, '["the newest"]'
FROM editions AS e, (SELECT id AS i FROM stories WHERE id <= 20) AS s;

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < (SELECT readers FROM size))
INSERT INTO subscribers (id, email, name, created_at)
SELECT i, 'reader' || i || '@' || CASE i % 5 WHEN 0 THEN 'gmail.example' WHEN 1 THEN 'yahoo.example' ELSE 'host' || (i % 97) || '.example' END,
       CASE i % 4 WHEN 0 THEN '' WHEN 1 THEN 'Zoë N’Diaye ' || i WHEN 2 THEN 'ليلى ' || i ELSE 'Reader ' || i END, 1770000000 + i
FROM n;
INSERT INTO subscriptions (newsletter_id, subscriber_id, state, source, created_at, confirmed_at, ended_at, ended_by, ended_edition_id)
SELECT 1, id, CASE WHEN id % 50 = 0 THEN 'pending' WHEN id % 12 = 0 THEN 'ended' ELSE 'confirmed' END,
       iif(id % 3 = 0, 'form', 'import'), created_at, iif(id % 50 = 0, NULL, created_at + 60),
       iif(id % 50 <> 0 AND id % 12 = 0, 1783700000, NULL), iif(id % 50 <> 0 AND id % 12 = 0, 'one-click', ''),
       iif(id % 50 <> 0 AND id % 12 = 0, 6, NULL)
FROM subscribers;
INSERT INTO subscriptions (newsletter_id, subscriber_id, state, source, created_at, confirmed_at)
SELECT 2 + id % 2, id, 'confirmed', 'import', created_at, created_at FROM subscribers WHERE id % 3 = 0;
INSERT INTO subscription_changes (newsletter_id, subscriber_id, state, changed_by, edition_id, changed_at)
SELECT newsletter_id, subscriber_id, 'ended', 'one-click', 6, ended_at FROM subscriptions WHERE state = 'ended';
INSERT INTO suppressions (email, reason, created_at) SELECT email, 'hard bounce', 1783000000 FROM subscribers WHERE id % 100 = 3;
INSERT INTO erasures (digest, erased_at) SELECT randomblob(32), 1783000000 FROM subscribers WHERE id % 1000 = 1;

INSERT INTO deliveries (edition_id, subscriber_id, state, attempts, next_attempt_at, changed_at, skipped_because)
SELECT e.id, t.subscriber_id,
       CASE WHEN e.id = 7 THEN 'queued' WHEN t.subscriber_id % 41 = 0 THEN 'failed' WHEN t.subscriber_id % 97 = 0 THEN 'skipped'
            WHEN t.subscriber_id % 2003 = 0 THEN 'unknown' ELSE 'accepted' END,
       CASE WHEN e.id = 7 OR t.subscriber_id % 41 <> 0 AND t.subscriber_id % 97 = 0 THEN 0 ELSE 1 + (t.subscriber_id % 33 = 0) END,
       iif(e.id = 7, 0, NULL), e.started_at + t.subscriber_id % 3000,
       iif(e.id <> 7 AND t.subscriber_id % 41 <> 0 AND t.subscriber_id % 97 = 0, 'unsubscribed', '')
FROM editions AS e JOIN subscriptions AS t ON t.newsletter_id = 1 AND t.state <> 'pending' WHERE e.id < 8;
INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply)
SELECT edition_id, subscriber_id, 1, changed_at - 60, 'deferred', 451, '4.7.1', 'try again later'
FROM deliveries WHERE attempts = 2;
INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply)
SELECT edition_id, subscriber_id, attempts, changed_at, state, CASE state WHEN 'accepted' THEN 250 WHEN 'failed' THEN 550 ELSE 0 END,
       CASE state WHEN 'accepted' THEN '2.0.0' WHEN 'failed' THEN iif(subscriber_id % 82 = 0, '5.7.1', '5.1.1') ELSE '' END,
       CASE state WHEN 'accepted' THEN '2.0.0 Ok: queued as ' || hex(randomblob(6)) WHEN 'failed' THEN 'no such user here' ELSE 'cut off' END
FROM deliveries WHERE attempts > 0;
INSERT INTO delivery_counts (edition_id, state, deliveries) SELECT edition_id, state, count(*) FROM deliveries GROUP BY 1, 2;
PRAGMA user_version = 1;
