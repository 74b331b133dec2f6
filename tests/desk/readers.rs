//! Readers at the desk: found as they are typed, acted for, brought in by a file, erased without a trace.

use crate::support::desk::{Browser, Desk};
use crate::support::desk_more::send_file;
use crate::support::pages;
use crate::support::pages::noon;
use crate::support::rows;
use griot::address::EmailAddress;
use griot::store::database::Value;
use griot::store::{
    EndedBy, Role, Subscriber, SubscriberId, Subscription, SubscriptionState, Suppression, newsletter_number,
};

fn add(desk: &Desk, email: &str, name: &str, state: SubscriptionState) -> SubscriberId {
    let add = |db: &griot::store::Transaction<'_>| {
        let brief = newsletter_number(db, "weekly-brief")?;
        let reader = Subscriber::find_or_add(db, &EmailAddress::parse(email)?, name, noon())?;
        Subscription::begin(db, brief, reader.id, SubscriptionState::Confirmed, "import", noon())?;
        if state == SubscriptionState::Ended {
            Subscription::end(db, brief, reader.id, EndedBy::Page, None, noon())?;
        }
        Ok(reader.id)
    };
    desk.press.store().write(add).unwrap()
}

async fn found(browser: &mut Browser, query: &str) -> Vec<String> {
    let answer = browser.get(&format!("/desk/readers?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let links = answer.body.split("<td><a href=\"/desk/readers/").skip(1);
    links.map(|rest| rest.split(['>', '<']).nth(1).unwrap().to_owned()).collect()
}

async fn import_of(browser: &Browser, fields: &[(&str, &str)], file: &[u8]) -> pages::Answer {
    send_file(browser, "/desk/readers/import", fields, "readers.csv", file).await
}

/// Every row that says something of readers, as text.
fn readers(desk: &Desk) -> String {
    let db = rows::of(desk.dir.path());
    let tables = ["subscribers", "subscriptions", "subscription_changes", "suppressions"];
    tables.iter().map(|table| rows::of_table(&db, table)).collect()
}

#[tokio::test]
async fn finds_readers_by_the_beginnings_of_their_words_and_nobody_else() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Operator).await;
    add(&desk, "kofi.mensah@example.org", "Kofi Mensah", SubscriptionState::Confirmed);
    add(&desk, "zoe@example.com", "Zoë <b>Añuli</b>", SubscriptionState::Ended);
    for (query, email) in [
        ("q=kof", "kofi.mensah@example.org"),
        ("q=MENS+kofi", "kofi.mensah@example.org"),
        ("q=example.org", "kofi.mensah@example.org"),
        ("q=zoe", "zoe@example.com"),
        ("q=anuli", "zoe@example.com"),
        ("q=example&newsletter=weekly-brief&state=ended", "zoe@example.com"),
        ("newsletter=weekly-brief&state=confirmed", "kofi.mensah@example.org"),
    ] {
        assert_eq!(found(&mut ada, query).await, [email], "{query}");
    }
    let long = format!("q={}", "kofi+".repeat(2_000));
    assert_eq!(found(&mut ada, &long).await, ["kofi.mensah@example.org"]);
    let none = [
        "q=ofi",
        "q=kofi+zoe",
        "q=kofi+OR+zoe",
        "q=email%3Akofi",
        "q=%22",
        "q=*",
        "q=kofi+NEAR(",
        "q=%00",
        "q=-",
        "q=kofi&newsletter=evening",
        "q=kofi&newsletter=none",
    ];
    for query in none {
        assert_eq!(found(&mut ada, query).await, Vec::<String>::new(), "{query}");
    }
    assert_eq!(found(&mut ada, "").await.len(), 2);

    // What somebody calls themselves stays text.
    let page = ada.get("/desk/readers?q=zoe").await.body;
    assert!(page.contains("Zoë &#60;b&#62;Añuli&#60;/b&#62;"), "{page}");

    for i in 0..60 {
        add(&desk, &format!("many{i}@example.net"), "", SubscriptionState::Confirmed);
    }
    assert_eq!(found(&mut ada, "q=many").await.len(), 50);
    let page = ada.get("/desk/readers?q=many").await.body;
    assert!(page.len() < 100_000, "{}", page.len());
    let (before, _) = page.split_once("\">More readers").unwrap();
    let next = before.rsplit("/desk/readers?").next().unwrap().replace("&#38;", "&");
    assert_eq!(found(&mut ada, &next).await.len(), 10, "{next}");

    for role in [Role::Viewer, Role::Editor] {
        let mut other = desk.signed_in(role.as_str(), role).await;
        for path in ["/desk/readers", "/desk/readers/1", "/desk/readers/1/data", "/desk/readers/export"] {
            assert_eq!(other.get(path).await.status, 403, "{path}");
        }
    }
}

#[tokio::test]
async fn an_operator_acts_for_a_reader_and_each_act_is_on_record() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Operator).await;
    let fields =
        [("email", "kofi@example.org"), ("name", "Kofi  M."), ("newsletter", "weekly-brief"), ("confirmed", "yes")];
    let added = ada.post("/desk/readers/add", &fields).await;
    assert_eq!((added.status.as_u16(), added.header("location")), (303, "/desk/readers/1?done=added"));
    let state = |newsletter: &str| {
        let ties = desk.press.store().read(|db| Subscription::of(db, SubscriberId(1))).unwrap();
        ties.into_iter().find(|tie| tie.newsletter == newsletter).map(|tie| tie.state.as_str())
    };
    assert_eq!(state("weekly-brief"), Some("confirmed"));

    // Without the box they are asked, by a letter.
    let asked = ada.post("/desk/readers/1/add", &[("newsletter", "evening")]).await;
    assert_eq!(asked.header("location"), "/desk/readers/1?done=asked");
    assert_eq!(state("evening"), Some("pending"));
    let letters = std::fs::read_dir(desk.dir.path().join("outbox")).unwrap().count();
    assert!(letters > 0);
    assert_eq!(ada.post("/desk/readers/1/confirm", &[("newsletter", "evening")]).await.status, 303);
    assert_eq!(state("evening"), Some("confirmed"));
    assert_eq!(ada.post("/desk/readers/1/end", &[("newsletter", "evening")]).await.status, 303);
    assert_eq!(state("evening"), Some("ended"));
    let again = ada.post("/desk/readers/1/end", &[("newsletter", "evening")]).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("That subscription had ended already."), "{}", again.body);

    // Only they bring themselves back.
    let back = ada.post("/desk/readers/1/add", &[("newsletter", "evening"), ("confirmed", "yes")]).await;
    assert_eq!((back.status.as_u16(), state("evening")), (422, Some("ended")));

    assert_eq!(ada.post("/desk/readers/1/suppress", &[("reason", " ")]).await.status, 422);
    assert_eq!(ada.post("/desk/readers/1/suppress", &[("reason", "rang us")]).await.status, 303);
    let page = ada.get("/desk/readers/1").await.body;
    assert!(page.contains("never mailed</span> rang us"), "{page}");
    assert!(page.contains("suppressed") && page.contains("by desk"), "{page}");
    assert_eq!(ada.post("/desk/readers/1/unsuppress", &[("reason", "rang again")]).await.status, 303);
    let reason = |email: &str| {
        let email = EmailAddress::parse(email).unwrap();
        desk.press.store().read(|db| Suppression::reason_for(db, &email)).unwrap()
    };
    assert_eq!(reason("kofi@example.org"), None);

    let data = ada.get("/desk/readers/1/data").await;
    let data: serde_json::Value = serde_json::from_str(&data.body).unwrap();
    assert_eq!((&data["email"], data["suppressions"].as_array().unwrap().len()), (&"kofi@example.org".into(), 2));

    let wrong =
        ada.post("/desk/readers/add", &[("email", "no address"), ("name", ""), ("newsletter", "evening")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("value=\"no address\""), "what was typed is lost");
    for path in ["/desk/readers/7", "/desk/readers/x", "/desk/readers/1/nothing"] {
        assert!(ada.get(path).await.status.is_client_error(), "{path}");
    }

    let record: Vec<String> =
        desk.record().into_iter().map(|(_, action, subject)| format!("{action} {subject}")).collect();
    let acts = [
        "took out the data of subscriber 1",
        "let be mailed again subscriber 1",
        "suppressed subscriber 1",
        "ended the subscription of subscriber 1",
        "confirmed subscriber 1",
        "subscribed subscriber 1",
        "subscribed subscriber 1",
    ];
    assert_eq!(record[..acts.len()], acts);
}

#[tokio::test]
async fn erasing_asks_by_name_and_leaves_no_trace() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Operator).await;
    let id = add(&desk, "quetzalcoatl@xylophone.example", "Wilhelmina Obiageli", SubscriptionState::Confirmed).0;
    let file = b"email,name\nquetzalcoatl@xylophone.example,Wilhelmina\nother@example.org,Ama\n";
    let sent = import_of(&ada, &[("newsletter", "evening")], file).await;
    assert_eq!(sent.status, 303);
    ada.post(&format!("/desk/readers/{id}/suppress"), &[("reason", "asked for it")]).await;

    let asked = ada.get(&format!("/desk/readers/{id}/erase")).await;
    assert!(asked.body.contains("Erase quetzalcoatl@xylophone.example?"), "{}", asked.body);
    assert_eq!(found(&mut ada, "q=quetz").await.len(), 1);
    let erased = ada.post(&format!("/desk/readers/{id}/erase"), &[]).await;
    assert_eq!(erased.header("location"), "/desk/readers?done=erased");
    assert_eq!(found(&mut ada, "q=quetz").await, Vec::<String>::new());
    assert_eq!(ada.get(&format!("/desk/readers/{id}")).await.status, 404);

    let db = rows::of(desk.dir.path());
    for table in rows::tables(&db) {
        let mut query = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..row.columns() {
                let text = match row.get::<Value>(column).unwrap() {
                    Value::Text(text) => text.to_lowercase(),
                    Value::Blob(bytes) => String::from_utf8_lossy(&bytes).to_lowercase(),
                    _ => continue,
                };
                // Words share what they begin with in the table they are found by: their ends are looked for.
                for trace in ["etzalcoatl", "lophone", "helmina", "iageli"] {
                    assert!(!text.contains(trace), "{trace} is left in {table}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_import_is_shown_first_and_then_does_what_was_shown() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Operator).await;
    add(&desk, "known@example.org", "Known", SubscriptionState::Confirmed);
    add(&desk, "old@example.org", "", SubscriptionState::Confirmed);
    add(&desk, "left@example.org", "", SubscriptionState::Ended);
    let file = "email;name;timezone\nnew@example.org;=HYPERLINK(1);Mars/Base\nknown@example.org;Known;\n\
                old@example.org;Now Named;\nleft@example.org;;\nno address;;\nNEW@example.org;Twice;\n";
    let before = readers(&desk);
    let fields = [("newsletter", "weekly-brief"), ("confirmed", "yes")];
    let sent = import_of(&ada, &fields, file.as_bytes()).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let shown = sent.header("location").to_owned();
    let page = ada.get(&shown).await.body;
    for part in ["<dd>6</dd>", "Import 3 readers", "left on 23 November 2026", "is no address griot can mail"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let list = ada.get(&format!("{shown}/rows")).await.body;
    let words: Vec<(&str, &str)> = list
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split("\",\"").collect();
            (cells[1], cells[3])
        })
        .collect();
    let expected = [
        ("new@example.org", "added"),
        ("known@example.org", "unchanged"),
        ("old@example.org", "updated"),
        ("left@example.org", "refused"),
        ("no address", "refused"),
        ("NEW@example.org", "updated"),
    ];
    assert_eq!(words, expected);
    assert!(list.contains("\"'=HYPERLINK(1)\""), "{list}");
    assert_eq!(readers(&desk), before, "looking at it changed something");

    // Only who sent it may go on.
    let mut eve = desk.signed_in("eve", Role::Operator).await;
    assert_eq!(eve.get(&shown).await.status, 409);
    assert_eq!(eve.post(&shown, &[]).await.status, 409);
    assert_eq!(readers(&desk), before);

    let done = ada.post(&shown, &[]).await;
    assert_eq!(done.header("location"), "/desk/readers/import?added=1&updated=2&unchanged=1&refused=2");
    let page = ada.get(done.header("location")).await.body;
    assert!(page.contains("1 added, 2 updated, 1 unchanged, 2 refused."), "{page}");
    assert_eq!(found(&mut ada, "q=now+named").await, ["old@example.org"]);
    assert_eq!(found(&mut ada, "q=new").await, ["new@example.org"]);
    assert_eq!(ada.post(&shown, &[]).await.status, 409, "it is done with");

    let csv = ada.get("/desk/readers/export?newsletter=weekly-brief&state=confirmed").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.body.lines().count(), 4, "{}", csv.body);
}

#[tokio::test]
async fn a_file_is_kept_for_an_hour() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Operator).await;
    let sent = import_of(&ada, &[("newsletter", "evening")], b"email\na@example.org\n").await;
    let shown = sent.header("location").to_owned();
    assert_eq!(ada.get(&shown).await.status, 200);
    ada.base = desk.at(|| noon() + chrono::TimeDelta::minutes(59)).await;
    assert_eq!(ada.get(&shown).await.status, 200);
    ada.base = desk.at(|| noon() + chrono::TimeDelta::minutes(60)).await;
    let gone = ada.get(&shown).await;
    assert_eq!(gone.status, 409);
    assert!(gone.body.contains("Send it again."), "{}", gone.body);
}

#[tokio::test]
async fn what_is_no_sheet_of_readers_is_refused_with_the_reason() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Operator).await;
    let files: [(&[u8], &str); 4] = [
        (b"", "Choose a file that is not empty."),
        (b"Phone,City\n1,Accra\n", "no column is called `email`; the first line has `Phone`, `City`"),
        (b"PK\x03\x04rest of a workbook", "readers.csv can&#39;t be read"),
        (b"ada@example.org,Ada\n", "the first line is a row already"),
    ];
    for (file, reason) in files {
        let answer = import_of(&ada, &[("newsletter", "evening")], file).await;
        assert_eq!(answer.status, 422, "{reason}: {}", answer.body);
        assert!(answer.body.contains(reason), "{reason}: {}", answer.body);
    }
    let large = vec![b'a'; 20 * 1024 * 1024 + 1];
    let answer = import_of(&ada, &[("newsletter", "evening")], &large).await;
    assert_eq!(answer.status, 413);
    // No other form takes so much.
    let name = "a".repeat(200 * 1024);
    let answer =
        ada.post("/desk/readers/add", &[("email", "a@example.org"), ("name", &name), ("newsletter", "evening")]).await;
    assert_eq!(answer.status, 413);
    assert_eq!(readers(&desk), "");
}
