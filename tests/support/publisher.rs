//! A publisher with a history, for pages that have to bear it: four newsletters, twelve editions that went out with what
//! came of them, one in every other state, readers of many alphabets, and something wrong here and there.

use super::rows;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use griot::publishing::{Drafted, Press};
use griot::store::database::params;
use griot::store::{Edition, Story, StoryId, StoryImage};

use super::desk::Desk;

const CONFIG: &str = include_str!("publisher.toml");

const HEADLINES: [&str; 14] = [
    "Parliament passes the land registry bill after a night of votes, and the traditional councils that fought it say \
     they will go to court before the week is out",
    "The ferry between the two banks sails again",
    "A choir of four hundred sings the harbour awake",
    "Rain comes early to the north, and the seed banks are not ready",
    "Le port rouvre, mais les dockers n’ont pas dit leur dernier mot",
    "« On ne vend pas un fleuve » : au marché de Saint-Louis, la colère des pêcheurs",
    "مهرجان القاهرة السينمائي يفتتح دورته بفيلم صُوّر بهاتف محمول",
    "The central bank holds its rate for a third time",
    "Night trains return to the coast line",
    "Who owns the songs? A court decides on the old recordings",
    "Cocoa growers ask for what the price already is",
    "The last weavers of Kente Street teach by video",
    "A library boat learns to read the tide",
    "Antidisestablishmentarianism-und-Donaudampfschifffahrtsgesellschaft: the longest word contest has a winner",
];
const SECTIONS: [&str; 5] = ["Politics", "Business", "Culture", "Climate", "Économie"];
const NAMES: [&str; 8] = [
    "Ama Añuli",
    "Kofi Mensah",
    "Zoë Béranger-N’Diaye",
    "ليلى عبد الرحمن",
    "Oluwaseun Adébáyọ̀",
    "",
    "Wilhelmina Obiageli van der Westhuizen-Okonkwo",
    "محمد الأمين",
];
const DOMAINS: [&str; 5] = ["gmail.example", "yahoo.example", "outlook.example", "presse.example", "own.example"];
const READERS: i64 = 320;

/// How far behind the wall's the clock of a press is that makes what is past.
static BEHIND: AtomicI64 = AtomicI64::new(0);

fn then() -> DateTime<Utc> {
    Utc::now() - TimeDelta::seconds(BEHIND.load(Ordering::Relaxed))
}

/// The newsletters by their numbers: The Weekly Brief has a draft, the others an edition on its way, a paused and an
/// approved one.
pub async fn open() -> Desk {
    let desk = Desk::open_here_with(CONFIG).await;
    let press = desk.with_clock(then);
    for (index, weeks) in (0..=12).rev().enumerate() {
        BEHIND.store(weeks * 7 * 86_400, Ordering::Relaxed);
        let now = then();
        let write = |db: &griot::store::Transaction<'_>| {
            (0..HEADLINES.len()).try_for_each(|number| story(index, number, now).upsert(db, now).map(drop))
        };
        press.store().write(write).unwrap();
        let brief = drafted(&press, "weekly-brief");
        if weeks > 0 {
            press.approve(&brief).unwrap();
            sent(&press, &brief, index as i64);
        }
    }
    rest(&press);
    desk
}

fn drafted(press: &Press, newsletter: &str) -> Edition {
    let newsletter = press.newsletter(newsletter).unwrap();
    let Drafted::Ready(edition) = press.draft(newsletter, None).unwrap() else { panic!("too few stories") };
    edition
}

fn story(week: usize, number: usize, now: DateTime<Utc>) -> Story {
    let platform = ["harmattan", "le-fleuve", "north-star"][if number == 4 || number == 5 { 1 } else { number % 3 }];
    let url = format!("https://{platform}.example.org/{week}/{number}");
    let has_image = number % 3 != 1;
    let image = has_image.then(|| StoryImage {
        url: format!("https://images.example.org/{week}-{number}.jpg"),
        width: Some(1200),
        height: Some(800),
        alt: "The quay at first light, with the ferry’s crew".into(),
        caption: "First light".into(),
        credit: "Esi Quaye".into(),
    });
    Story {
        id: StoryId(0),
        platform: platform.into(),
        feed: None,
        guid: url.clone(),
        url,
        headline: if week == 12 {
            HEADLINES[number].into()
        } else {
            format!("{} ({})", HEADLINES[number], ["I", "II", "III", "IV"][week % 4])
        },
        standfirst: "What was decided, who it is for, and what the people who live beside it say of it.".into(),
        bylines: vec![NAMES[number % NAMES.len()].into(), "Esi Quaye".into()],
        section: SECTIONS[number % SECTIONS.len()].into(),
        tags: vec!["harbour".into()],
        published_at: now - TimeDelta::hours(3 + 9 * number as i64),
        updated_at: None,
        first_seen_at: now - TimeDelta::hours(3 + 9 * number as i64),
        image,
        comments: (number.is_multiple_of(2)).then_some(17 * number as u32),
        body: String::new(),
        words: 640,
    }
}

fn store(press: &Press) -> griot::store::Db {
    rows::of_store(press.store())
}

/// The brief went out then, and this came of it.
fn sent(press: &Press, edition: &Edition, week: i64) {
    let (now, id) = (press.now().timestamp(), edition.id.0);
    let db = store(press);
    db.execute_batch("BEGIN").unwrap();
    let readers = 41_380 + 563 * week;
    db.execute(
        "UPDATE editions SET state = 'sent', started_at = ?2, frozen_at = ?2, finished_at = ?3 WHERE id = ?1",
        [id, now, now + 512],
    )
    .unwrap();
    for (state, many) in [("accepted", readers - 61 - week), ("failed", 48 + week), ("unknown", 2), ("skipped", 11)] {
        db.execute("INSERT INTO delivery_counts VALUES (?1, ?2, ?3)", params![id, state, many]).unwrap();
    }
    for (place, domain) in DOMAINS.iter().enumerate() {
        let many = readers * 2 / 5 / (1 << place);
        let counts = params![id, domain, many, 37 * place as i64, many / 900, place as i64 % 2];
        db.execute("INSERT INTO domain_counts VALUES (?1, ?2, ?3, ?4, ?5, ?6)", counts).unwrap();
    }
    for (class, reason, refused, returned) in [
        ("hard", "userunknown", 41 + week, 6),
        ("hard", "hostunknown", 7, 0),
        ("soft", "mailboxfull", 3, 12 + week),
        ("complaint", "feedback", 0, 2 + week % 3),
    ] {
        let counts = params![id, class, reason, refused, returned];
        db.execute("INSERT INTO feedback_counts VALUES (?1, ?2, ?3, ?4, ?5)", counts).unwrap();
    }
    db.execute(
        "UPDATE links SET readers = 4200 / (1 + id - (SELECT min(id) FROM links WHERE edition_id = ?1)),
                scanners = 12 WHERE edition_id = ?1",
        [id],
    )
    .unwrap();
    for hour in 0..30 {
        let at = (now / 3_600 + hour) * 3_600;
        let many = 900 / (1 + hour) + 40 * (hour % 7);
        db.execute(
            "INSERT INTO click_hours VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![edition.newsletter, at, many],
        )
        .unwrap();
    }
    db.execute(
        "INSERT INTO subscription_days VALUES (?1, ?2 / 86400, ?3, ?4, ?5, 1) ON CONFLICT DO NOTHING",
        params![
            edition.newsletter,
            now,
            if week == 0 { 41_400 } else { 640 + 31 * (week % 5) },
            52 + 9 * (week % 4),
            2
        ],
    )
    .unwrap();
    db.execute_batch("COMMIT").unwrap();
}

/// Readers, the other newsletters' editions, and what is wrong.
fn rest(press: &Press) {
    let now = press.now().timestamp();
    let paused = drafted(press, "culture");
    press.approve(&paused).unwrap();
    let approved = drafted(press, "fleuve");
    press.approve(&approved).unwrap();
    let cancelled = drafted(press, "evening");
    press.cancel(&cancelled, "the ministry took its word back").unwrap();
    let sending = drafted(press, "evening");
    press.approve(&sending).unwrap();

    let db = store(press);
    db.execute_batch("BEGIN").unwrap();
    for number in 1..=READERS {
        let domain = DOMAINS[number as usize % DOMAINS.len()];
        let (email, name) = (format!("reader.number{number}@{domain}"), NAMES[number as usize % NAMES.len()]);
        let at = now - (READERS - number) * 90_000;
        let insert = "INSERT INTO subscribers (email, name, created_at) VALUES (?1, ?2, ?3) RETURNING id";
        let id: i64 = db.query_row(insert, params![email, name, at], |row| row.get(0)).unwrap();
        let state = match number % 40 {
            7 => "pending",
            9 => "ended",
            _ => "confirmed",
        };
        for newsletter in 1..=if number % 3 == 0 { 2 } else { 1 } {
            let ended = (state == "ended").then_some(at + 86_400);
            let (by, reason) = if ended.is_some() { ("page", "too-often: Trop de lettres; =1+1") } else { ("", "") };
            db.execute(
                "INSERT INTO subscriptions (newsletter_id, subscriber_id, state, source, created_at, confirmed_at,
                 ended_at, ended_by, ended_edition_id, ended_reason) VALUES (?1, ?2, ?3, 'form', ?4, ?4, ?5, ?6, ?7, ?8)",
                params![newsletter, id, state, at, ended, by, ended.map(|_| 12), reason],
            )
            .unwrap();
        }
        db.execute(
            "INSERT INTO deliveries (edition_id, subscriber_id, state, attempts, next_attempt_at, changed_at, skipped_because, variant)
             SELECT id, ?1, 'accepted', 1, NULL, started_at, '', 0 FROM editions WHERE state = 'sent'",
            [id],
        )
        .unwrap();
    }
    db.execute(
        "INSERT INTO feedback (edition_id, subscriber_id, class, reason, status, reply, domain, diagnostic, source, action,
                               received_at)
         VALUES (12, 320, 'soft', 'mailboxfull', '4.2.2', 452, 'gmail.example',
                 '452 4.2.2 The email account that you tried to reach is over quota', 'smtp', 'count', ?1)",
        [now],
    )
    .unwrap();
    db.execute("INSERT INTO suppressions VALUES ('reader.number319@own.example', 'rang us, wants no mail', ?1)", [now])
        .unwrap();
    // Signs of life go by the clock of the database.
    let today = chrono::Utc::now().timestamp();
    for (name, roles, seen_at, leads, stopped_at) in [
        ("mail-1", "scheduler sender web", today, 1, None),
        ("mail-2", "sender", today - 5_400, 0, None),
        ("web-2", "web", today - 90_000, 0, Some(today - 90_000)),
    ] {
        db.execute(
            "INSERT INTO nodes (name, roles, version, started_at, seen_at, leads, stopped_at)
             VALUES (?1, ?2, '1.4.0', ?3, ?4, ?5, ?6)",
            params![name, roles, today - 200_000, seen_at, leads, stopped_at],
        )
        .unwrap();
    }

    let stop =
        "the relay \"relay\" refused 40 of the last 100 messages: 550 5.7.1 too much of this was reported as spam";
    for (edition, state, reason) in [(&paused, "paused", stop), (&sending, "sending", "")] {
        db.execute(
            "UPDATE editions SET state = ?2, reason = ?3, started_at = ?4, frozen_at = ?4 WHERE id = ?1",
            params![edition.id.0, state, reason, now - 240],
        )
        .unwrap();
        for (state, many) in [("accepted", 18_204), ("deferred", 1_310), ("queued", 12_477), ("failed", 96)] {
            db.execute("INSERT INTO delivery_counts VALUES (?1, ?2, ?3)", params![edition.id.0, state, many]).unwrap();
        }
        for (place, domain) in DOMAINS.iter().enumerate() {
            let counts = params![edition.id.0, domain, 9_000 / (1 + place as i64), 260 * place as i64 * place as i64];
            db.execute(
                "INSERT INTO domain_counts (edition_id, domain, accepted, deferred) VALUES (?1, ?2, ?3, ?4)",
                counts,
            )
            .unwrap();
        }
    }
    let fails = "https://fleuve.example.org/rss could not be read: the server answered 503 Service Unavailable";
    for (url, platform, title, failing, gone) in [
        ("https://harmattan.example.org/feed", "harmattan", "Harmattan: all stories", None, None),
        ("https://fleuve.example.org/rss", "le-fleuve", "Le Fleuve", Some(now - 3 * 86_400), None),
        ("https://harmattan.example.org/culture/feed.xml", "harmattan", "Culture", None, Some(now - 86_400)),
    ] {
        db.execute(
            "INSERT INTO feeds (url, platform, title, polled_at, next_poll_at, failures, failing_since, last_error, disabled_at)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8)",
            params![url, platform, title, now - 300, failing.map_or(0, |_| 41), failing,
                    if failing.is_some() { fails } else { "" }, gone],
        )
        .unwrap();
    }
    for number in 0..3 {
        db.execute(
            &rows::worded(
                &db,
                "INSERT INTO reviews (source, because, mail, received_at) VALUES ('imap', 'nobody understands it', x'00', ?1)",
            ),
            [now - number],
        )
        .unwrap();
    }
    for (number, title, place, zone) in [
        (2, "Opening night: « Les Bouts de bois de Dieu »", "Grand Théâtre, Dakar", "Africa/Dakar"),
        (
            3,
            "Ga Mashie street art walk, with the painters who began it all those years ago",
            "Jamestown",
            "Africa/Accra",
        ),
        (9, "معرض الخرطوم الدولي للكتاب", "Khartoum", "Africa/Khartoum"),
    ] {
        db.execute(
            "INSERT INTO events (title, place, url, starts_at, timezone, all_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                title,
                place,
                "https://harmattan.example.org/on",
                (now / 86_400 + number) * 86_400,
                zone,
                number == 9
            ],
        )
        .unwrap();
    }
    let day = |days: i64| (press.now() + TimeDelta::days(days)).date_naive().to_string();
    db.execute(
        "INSERT INTO sponsors (newsletter_id, name, headline, text, url, starts_on, ends_on)
         VALUES (1, 'Volta Savings & Loans', 'Save for the term before it begins',
                 'School fees in twelve parts, without a form.', 'https://volta.example.org/terms', ?1, ?2)",
        [day(-3), day(18)],
    )
    .unwrap();
    for (name, scopes, expires, revoked) in [
        ("the website’s counter", "signals:write", None, None),
        ("CRM export", "subscribers:read", Some(now + 90 * 86_400), None),
        ("old CRM", "subscribers:read editions:read", None, Some(now - 86_400)),
    ] {
        db.execute(
            "INSERT INTO api_tokens (name, digest, scopes, created_by, created_at, expires_at, revoked_at)
             VALUES (?1, randomblob(32), ?2, 'Yaw', ?3, ?4, ?5)",
            params![name, scopes, now - 40 * 86_400, expires, revoked],
        )
        .unwrap();
    }
    for number in 0..70 {
        db.execute(
            "INSERT INTO audit (at, who, action, subject, detail) VALUES (?1, 'Efua', 'edited', 'weekly-brief/12', ?2)",
            params![now - 4_000 * number, "headline of story 12: “The ferry sails” became “The ferry sails again”"],
        )
        .unwrap();
    }
    db.execute_batch("COMMIT").unwrap();
}
