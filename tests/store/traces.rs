//! GDPR: what is kept of a reader is told to them whole, and goes whole, down to the bytes of the files.

use crate::support::engine;
use crate::support::rows;
use std::collections::BTreeMap;
use std::fs;

use crate::support::newsroom::Newsroom;
use crate::support::scripted_smtp::{Say, ScriptedSmtp};

const ADDRESS: &str = "Quetzal.Wombat@readers.example";
/// The address, its parts, the words of it that a search knows, and the name.
const NEEDLES: [&str; 5] = ["quetzal.wombat", "quetzal", "wombat", "zebulon", "quagmire"];

/// A row in every place where one can be.
const TRACES: &str = "
    INSERT INTO consents (subscriber_id, newsletters, wording_id, page, asked_at, asked_from)
    SELECT id, 'weekly-brief', 1, '/', unixepoch(), '192.0.2.7' FROM subscribers WHERE email = :email;
    INSERT INTO letters (kind, subscriber_id, newsletter_id, detail, queued_at, problem)
    SELECT 'address', id, 1, :email, unixepoch(), '550 no ' || :email FROM subscribers WHERE email = :email;
    INSERT INTO letters (kind, subscriber_id, newsletter_id, detail, queued_at) VALUES ('address', 2, 1, :email, unixepoch());
    INSERT INTO address_changes SELECT id, 'zebulon.quagmire@other.example', unixepoch() FROM subscribers WHERE email = :email;
    INSERT INTO address_changes VALUES (2, :email, unixepoch());
    INSERT INTO subscription_changes (newsletter_id, subscriber_id, state, changed_by, changed_at)
    SELECT 1, id, 'confirmed', 'page', unixepoch() FROM subscribers WHERE email = :email;
    INSERT INTO permission_passes (newsletter_id, wave, every, answer_within, started_at, next_wave_at) VALUES (1, 1, 1, 1, 1, 1);
    INSERT INTO permission_asks SELECT 1, id, 1, 1, NULL FROM subscribers WHERE email = :email;
    INSERT INTO reader_clicks SELECT l.id, s.id, 1, 0, unixepoch(), unixepoch()
    FROM (SELECT min(id) AS id FROM links) AS l, subscribers AS s WHERE s.email = :email;
    UPDATE attempts SET reply = '250 queued for <' || :email || '>' WHERE subscriber_id = (SELECT id FROM subscribers WHERE email = :email);
    INSERT INTO feedback (edition_id, subscriber_id, class, reason, domain, diagnostic, source, action, received_at)
    SELECT 1, id, 'soft', 'mailboxfull', 'readers.example', '452 ' || :email || ' is full', 'lmtp', 'count', unixepoch()
    FROM subscribers WHERE email = :email;
    INSERT INTO reviews (source, sender, subject, because, mail, received_at)
    VALUES ('lmtp', :email, 'Re: the week', 'it is not understood', CAST('To: x' || char(10) || 'hello from Zebulon Quagmire, ' || :email AS BLOB), unixepoch());
    INSERT INTO webhook_calls (webhook, message_id, event, payload, subscriber_id, state, created_at)
    SELECT 'crm', 'm1', 'subscription.ended', json_object('email', :email), id, 'waiting', unixepoch() FROM subscribers WHERE email = :email;
    INSERT INTO webhook_calls (webhook, message_id, event, payload, state, created_at)
    VALUES ('crm', 'm2', 'suppression.added', json_object('address', :email), 'waiting', unixepoch());
    INSERT INTO audit (at, who, action, subject, detail) VALUES (unixepoch(), 'ama', 'imported', :email, 'asked us: ' || upper(:email) || ' wants it');
    INSERT INTO staff (name, role, created_at) VALUES ('ama', 'operator', unixepoch());
    INSERT INTO uploads VALUES (x'01', 1, 'weekly-brief', 1, 'readers.csv', CAST('email,name' || char(10) || :email || ',Zebulon Quagmire' AS BLOB), unixepoch());
    INSERT INTO suppression_changes (email, change, reason, changed_at) VALUES (:email, 'added', 'by hand', 1), (:email, 'removed', 'asked', 2);
    INSERT INTO suppressions (email, reason, created_at) VALUES (:email, 'by hand', unixepoch());
    UPDATE editions SET reason = 'refused for ' || :email WHERE id = 1;
";

/// A newsletter that went to a reader with a name, and to another one.
fn room() -> Newsroom {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let room = Newsroom::open(1, relay, &[("grace = \"0s\"", "grace = \"0s\"\nclicks = \"subscriber\"")]);
    fs::write(
        room.griot.path().join("more.csv"),
        format!("email,name\nother@readers.example,\n{ADDRESS},Zebulon Quagmire\n"),
    )
    .unwrap();
    room.griot.run(&["subscribers", "import", "more.csv", "--newsletter", "weekly-brief", "--confirmed"]);
    fs::remove_file(room.griot.path().join("more.csv")).unwrap();
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let db = rows::of(room.griot.path());
    if db.pick(true, false) {
        room.griot.run(&["backup", "before.db"]);
    }
    db.execute_batch(db.pick("PRAGMA secure_delete = ON", "")).unwrap();
    let wording = "INSERT INTO wordings VALUES (1, x'01', 'Yes, I want it', 1)";
    db.execute_batch(&rows::worded(&db, wording)).unwrap();
    db.execute_batch(&rows::worded(&db, &TRACES.replace(":email", &format!("'{ADDRESS}'")))).unwrap();
    room
}

/// Which of the words stand in which of the files of the store.
fn found(room: &Newsroom) -> BTreeMap<String, Vec<&'static str>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(room.griot.path()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("griot.db") {
            let bytes = fs::read(entry.path()).unwrap().to_ascii_lowercase();
            let is_there = |needle: &&str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            let needles: Vec<&str> = NEEDLES.into_iter().filter(is_there).collect();
            if !needles.is_empty() {
                found.insert(name, needles);
            }
        }
    }
    found
}

#[test]
fn an_erased_reader_is_in_no_byte_of_the_store_nor_in_a_copy_that_is_put_back() {
    let _file = engine::OfTheFile::only();
    let room = room();
    let everywhere: Vec<&str> = found(&room).into_values().flatten().collect();
    assert!(NEEDLES.iter().all(|needle| everywhere.contains(needle)), "they are not even there before: {everywhere:?}");
    room.griot.run(&["subscribers", "erase", ADDRESS, "--yes"]);
    assert_eq!(found(&room), BTreeMap::new());
    let db = rows::of(room.griot.path());
    let detail: String = db.query_row("SELECT detail FROM audit", [], |row| row.get(0)).unwrap();
    assert_eq!(detail, "asked us: (erased) wants it");
    let others: i64 = db.query_row("SELECT count(*) FROM subscribers", [], |row| row.get(0)).unwrap();
    assert_eq!(others, 2);
    drop(db);
    assert_eq!(room.griot.run(&["store", "check"]), "the store is sound: 1 edition, 3 deliveries\n");
    // A copy from before has them still, until it is let go; put back, it has not.
    let copy = fs::read(room.griot.path().join("before.db")).unwrap().to_ascii_lowercase();
    assert!(copy.windows(6).any(|window| window == b"wombat"));
    let printed = room.griot.run(&["restore", "before.db", "--yes"]);
    assert!(printed.contains("\nCarried over: 1 erased, 0 suppressed, 0 subscriptions ended\n"), "{printed}");
    assert_eq!(found(&room), BTreeMap::new());
}

/// Where each table's part of a reader stands in their export; or why it does not.
const EXPORTED: [(&str, &str); 25] = [
    ("subscribers", "email"),
    ("subscriptions", "subscriptions"),
    ("subscription_changes", "changes"),
    ("consents", "consents"),
    ("letters", "letters"),
    ("address_changes", "address_change"),
    ("suppressions", "suppressed"),
    ("suppression_changes", "suppressions"),
    ("permission_asks", "asked"),
    ("deliveries", "deliveries"),
    ("attempts", "attempts"),
    ("feedback", "feedback"),
    ("reader_clicks", "clicks"),
    ("webhook_calls", "webhooks"),
    ("erasures", "-a digest, of nobody who is there"),
    ("reviews", "-mail that is not shown to be theirs; it goes when they are erased"),
    ("uploads", "-a file of others that is kept for an hour"),
    ("audit", "-what staff did; an erased address is taken out"),
    ("staff", "-who works here"),
    ("notices", "-who works here"),
    ("sessions", "-who works here"),
    ("subscriber_search", "-the words of subscribers"),
    ("editions", "-why one is paused; an erased address is taken out"),
    ("backups", "-why a copy failed; an erased address is taken out"),
    ("received", "-digests of mails"),
];

#[test]
fn a_reader_s_export_has_every_table_that_knows_them_or_a_reason_why_not() {
    let room = room();
    let exported = room.griot.json(&["subscribers", "show", ADDRESS, "--json"]);
    let db = rows::of(room.griot.path());
    let tables = rows::tables(&db);
    for table in &tables {
        let columns = rows::columns(&db, table);
        let is_personal = |column: &String| {
            ["subscriber_id", "email", "address", "sender", "recipient"].iter().any(|word| column.contains(word))
        };
        if columns.iter().any(is_personal) {
            assert!(
                EXPORTED.iter().any(|(known, _)| known == table),
                "is {table} of a reader? It is not in their export"
            );
        }
    }
    for (table, part) in EXPORTED {
        // On a server an index of the table itself finds readers by their words.
        let is_there =
            tables.iter().any(|known| known == table) || table == "subscriber_search" && db.pick(false, true);
        assert!(is_there, "there is no {table}");
        if !part.starts_with('-') {
            let part_of_it = &exported[part];
            let is_empty = part_of_it.as_array().is_some_and(Vec::is_empty) || part_of_it.is_null() || part_of_it == "";
            assert!(!is_empty, "{table}: nothing stands in {part} of {exported}");
        }
    }
}
