//! `griot subscribers import` of other programs' exports: what would happen is told first, all of it happens or nothing, who
//! left stays away in whatever order the files come, and what was kept there is kept here and can be taken along again.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::command_line::{Griot, corpus};

/// A file of `exports`, made of the columns that its program documents.
fn export(name: &str) -> String {
    fs::read_to_string(Path::new("tests/subscribers/exports").join(name)).unwrap()
}

/// A publisher's folder with these exports in it.
fn with(names: &[&str]) -> Griot {
    let griot = Griot::new();
    for name in names {
        griot.file(name, export(name));
    }
    griot
}

fn import(griot: &Griot, arguments: &[&str]) -> Value {
    griot.json(&[&["subscribers", "import", "--json"], arguments].concat()).remove(0)
}

/// Rows, added, updated, unchanged, refused, suppressed, ended.
fn counts(told: &Value) -> [u64; 7] {
    ["rows", "added", "updated", "unchanged", "refused", "suppressed", "ended"].map(|key| told[key].as_u64().unwrap())
}

fn in_state(griot: &Griot, state: &str) -> Vec<String> {
    let listed = griot.json(&["subscribers", "list", "--json", "--state", state]);
    let mut emails: Vec<String> = listed.iter().map(|one| one["email"].as_str().unwrap().to_owned()).collect();
    emails.sort();
    emails
}

fn suppressed(griot: &Griot) -> Vec<String> {
    let csv = griot.ok(&["suppressions", "export"]);
    csv.lines().skip(1).map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
}

fn show(griot: &Griot, email: &str) -> Value {
    griot.json(&["subscribers", "show", email, "--json"]).remove(0)
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Takes everything from one store into an empty one, and compares what that says of itself.
fn assert_moves_on(griot: &Griot, what: &str) {
    let other = Griot::new();
    let (readers, suppressions) = (griot.ok(&["subscribers", "export"]), griot.ok(&["suppressions", "export"]));
    other.file("readers.csv", &readers);
    other.file("never.csv", &suppressions);
    let told = import(&other, &["readers.csv", "--newsletter", "weekly-brief", "--confirmed"]);
    assert_eq!((&told["refused"], &told["dry_run"]), (&json!(0), &json!(false)), "{what}: {told}");
    other.ok(&["suppressions", "import", "never.csv"]);
    assert_eq!(other.ok(&["subscribers", "export"]), readers, "{what}");
    assert_eq!(other.ok(&["suppressions", "export"]), suppressions, "{what}");
}

/// A file, whose it is, its counts; then subscribed, pending, unsubscribed, cleaned, complained as it says; then who is
/// confirmed.
type Expected<'a> = (&'a str, &'a str, [u64; 7], [u64; 5], &'a [&'a str]);

#[test]
fn every_export_moves_in_as_it_was_foretold_and_out_again() {
    let exports: [Expected; 12] = [
        ("mailchimp-subscribed.csv", "mailchimp", [3, 3, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0], &["ada", "bob", "zoe"]),
        ("mailchimp-unsubscribed.csv", "mailchimp", [3, 0, 0, 0, 0, 1, 2], [0, 0, 2, 0, 1], &[]),
        ("mailchimp-cleaned.csv", "mailchimp", [2, 0, 0, 0, 0, 2, 0], [0, 0, 0, 2, 0], &[]),
        ("mailchimp-nonsubscribed.csv", "mailchimp", [1, 0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0], &[]),
        ("substack.csv", "substack", [3, 2, 0, 0, 0, 0, 1], [2, 0, 1, 0, 0], &["ada", "bob"]),
        ("substack-dashboard.csv", "substack", [3, 2, 0, 0, 0, 0, 1], [2, 0, 1, 0, 0], &["ada", "bob"]),
        ("ghost.csv", "ghost", [4, 2, 0, 0, 0, 0, 2], [2, 0, 2, 0, 0], &["ada", "bob"]),
        ("listmonk.csv", "listmonk", [4, 2, 0, 0, 0, 1, 1], [2, 0, 1, 1, 0], &["ada", "bob"]),
        ("keila.csv", "keila", [4, 2, 0, 0, 0, 1, 1], [2, 0, 1, 1, 0], &["ada", "bob"]),
        ("beehiiv.csv", "beehiiv", [6, 4, 0, 0, 0, 1, 1], [2, 2, 1, 1, 0], &["ada", "bob"]),
        ("buttondown.csv", "buttondown", [5, 3, 0, 0, 0, 1, 1], [2, 1, 1, 1, 0], &["ada", "bob"]),
        ("mailtrain.csv", "mailtrain", [5, 2, 0, 0, 0, 2, 1], [2, 0, 1, 1, 1], &["ada", "bob"]),
    ];
    for (file, format, expected, said, confirmed) in exports {
        let griot = with(&[file]);
        let mut foretold = import(&griot, &[file, "--newsletter", "weekly-brief"]);
        let report = griot.read(&format!("{file}.report.csv"));
        assert_eq!((&foretold["format"], &foretold["dry_run"]), (&json!(format), &json!(true)), "{file}");
        assert_eq!(counts(&foretold), expected, "{file}: {foretold}");
        let says = ["subscribed", "pending", "unsubscribed", "cleaned", "complained"];
        assert_eq!(says.map(|key| foretold[key].as_u64().unwrap()), said, "{file}");
        assert_eq!(
            foretold["next"],
            json!(format!("griot subscribers import {file} --newsletter weekly-brief --apply"))
        );
        assert!(griot.json(&["subscribers", "list", "--json"]).is_empty() && suppressed(&griot).is_empty(), "{file}");

        let mut done = import(&griot, &[file, "--newsletter", "weekly-brief", "--apply"]);
        assert_eq!(done["dry_run"], json!(false));
        for told in [&mut foretold, &mut done] {
            told["dry_run"].take();
            told["next"].take();
        }
        assert_eq!(done, foretold, "{file}");
        assert_eq!(griot.read(&format!("{file}.report.csv")), report, "{file}");
        let confirmed: Vec<String> = confirmed.iter().map(|name| format!("{name}@example.org")).collect();
        assert_eq!(in_state(&griot, "confirmed"), confirmed, "{file}");

        let before = griot.ok(&["subscribers", "export"]);
        let again = import(&griot, &[file, "--from", "auto", "--newsletter", "weekly-brief", "--apply"]);
        assert_eq!(
            counts(&again),
            [expected[0], 0, 0, expected[0] - expected[4], expected[4], 0, 0],
            "{file}: {again}"
        );
        assert_eq!(griot.ok(&["subscribers", "export"]), before, "{file}");
        assert_moves_on(&griot, file);
    }
}

#[test]
fn says_in_words_what_would_happen_and_what_to_type_next() {
    let griot = with(&["mailchimp-subscribed.csv", "mailchimp-unsubscribed.csv"]);
    griot.file("new line.csv", "email,status,created_at\nbob,active,\nada@example.org,on holiday,\n");
    let told = griot.ok(&[
        "subscribers",
        "import",
        "mailchimp-subscribed.csv",
        "mailchimp-unsubscribed.csv",
        "new line.csv",
        "--newsletter",
        "weekly-brief",
    ]);
    assert_eq!(
        told,
        "What would happen; nothing is changed yet:\n\
         mailchimp-subscribed.csv    Mailchimp  3 rows\n\
         mailchimp-unsubscribed.csv  Mailchimp  3 rows\n\
         new line.csv                beehiiv    2 rows\n\
         8 rows · 3 added · 0 updated · 0 unchanged · 2 refused · 1 suppressed · 2 ended\n  \
         weekly-brief: 3 added · 1 suppressed · 2 ended\n        \
         1  complained, as the file says\n        \
         1  has a status that is not known here: on holiday\n        \
         1  is no address griot can mail: it has no @\n        \
         2  left, as the file says\n  \
         new line.csv, line 2: bob: is no address griot can mail: it has no @\n  \
         new line.csv, line 3: ada@example.org: has a status that is not known here: on holiday\n\
         Tags and lists that lead to no newsletter of their own (--map 'Editors=NEWSLETTER'):\n        \
         3  Editors\n        \
         1  Accra\n\
         Every row is in mailchimp-subscribed.csv.report.csv\n\
         To do it: griot subscribers import mailchimp-subscribed.csv mailchimp-unsubscribed.csv 'new line.csv' \
         --newsletter weekly-brief --apply\n"
    );
    let report = griot.read("mailchimp-subscribed.csv.report.csv");
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "\"line\",\"address\",\"what\",\"why\",\"file\"");
    assert_eq!(lines[1], "\"2\",\"ada@example.org\",\"added\",\"\",\"mailchimp-subscribed.csv\"");
    assert_eq!(
        lines[4],
        "\"2\",\"cy@example.org\",\"ended\",\"left, as the file says\",\"mailchimp-unsubscribed.csv\""
    );
    assert_eq!(lines.len(), 9);
}

#[test]
fn keeps_what_shows_that_they_agreed() {
    let griot = with(&["mailchimp-subscribed.csv", "mailchimp-unsubscribed.csv"]);
    let command = ["mailchimp-subscribed.csv", "mailchimp-unsubscribed.csv", "--newsletter", "weekly-brief", "--apply"];
    import(&griot, &command);
    let ada = show(&griot, "ada@example.org");
    assert_eq!(
        (&ada["name"], &ada["timezone"], &ada["language"]),
        (&json!("Ada Okoro"), &json!("Africa/Lagos"), &json!("en"))
    );
    let subscription = &ada["subscriptions"][0];
    assert_eq!(
        ["source", "created_at", "confirmed_at"].map(|key| subscription[key].as_str().unwrap()),
        ["import from Mailchimp", "2018-02-05T19:28:22Z", "2018-02-05T19:31:00Z"]
    );
    let consent = &ada["consents"][0];
    assert_eq!(
        ["wording", "asked_at", "asked_from", "confirmed_at", "confirmed_from"]
            .map(|key| consent[key].as_str().unwrap()),
        [
            "Imported from Mailchimp, which told that they had agreed.",
            "2018-02-05T19:28:22Z",
            "192.0.2.7",
            "2018-02-05T19:31:00Z",
            "192.0.2.8"
        ]
    );
    let cy = show(&griot, "cy@example.org");
    assert_eq!(
        ["ended_at", "ended_by", "ended_reason"].map(|key| cy["subscriptions"][0][key].as_str().unwrap()),
        ["2018-07-23T12:19:27Z", "import from Mailchimp", "NORMAL: too many mails"]
    );
    let export = griot.ok(&["subscribers", "export"]);
    assert!(export.contains("\"192.0.2.7\"") && export.contains("\"NORMAL: too many mails\""), "{export}");

    // Who is suppressed and subscribed all the same is so in another store too, whichever file comes first.
    griot.ok(&["suppressions", "add", "ada@example.org", "--reason", "she asked us not to"]);
    let other = Griot::new();
    other.file("readers.csv", &export);
    other.file("never.csv", griot.ok(&["suppressions", "export"]));
    other.ok(&["suppressions", "import", "never.csv"]);
    import(&other, &["readers.csv", "--from", "griot", "--apply"]);
    assert_eq!(other.ok(&["subscribers", "export"]), export);
    assert!(other.ok(&["store", "check"]).contains("sound"));

    // Who is erased is erased with that, and does not come back.
    griot.ok(&["subscribers", "erase", "ada@example.org", "--yes"]);
    let told = import(&griot, &command);
    assert_eq!(told["reasons"]["was erased at the reader's wish"], json!(1), "{told}");
    assert!(!griot.ok(&["subscribers", "export"]).contains("192.0.2.7"));

    // Where no addresses are kept, none comes in.
    let discreet = with(&["mailchimp-subscribed.csv"]);
    discreet.configure(&[("\n[sign_up]\n", "\n[sign_up]\nkeep_ip = \"0s\"\n")]);
    import(&discreet, &["mailchimp-subscribed.csv", "--newsletter", "weekly-brief", "--apply"]);
    assert_eq!(show(&discreet, "ada@example.org")["consents"][0]["asked_from"], json!(""));
}

#[test]
fn mailchimps_files_come_to_the_same_in_every_order_and_as_one_archive() {
    let names = ["subscribed.csv", "unsubscribed.csv", "cleaned.csv"];
    let mut sets: Vec<(Vec<Vec<u8>>, usize)> =
        vec![(names.iter().map(|name| export(&format!("mailchimp-{name}")).into_bytes()).collect(), 3)];
    if let Some(folder) = corpus("imports/mailchimp") {
        sets.push((names.iter().map(|name| fs::read(folder.join(name)).unwrap()).collect(), 5));
    }
    let sorted = |griot: &Griot| {
        let export = griot.ok(&["subscribers", "export"]);
        // Two stores may differ by the second in which a reader came.
        let known_since = |line: &str| {
            let cells: Vec<&str> = line.split("\",\"").collect();
            [&cells[..12], &cells[13..]].concat().join(",")
        };
        let mut lines: Vec<String> = export.lines().map(known_since).collect();
        lines.sort_unstable();
        (lines, griot.ok(&["suppressions", "export"]))
    };
    let more = ["--newsletter", "weekly-brief", "--apply"];
    for (files, readers) in sets {
        let mut first = None;
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let griot = Griot::new();
            for place in order {
                griot.file(names[place], &files[place]);
                import(&griot, &[&[names[place]][..], &more[..]].concat());
            }
            assert_eq!(in_state(&griot, "confirmed").len(), readers, "{order:?}");
            let state = sorted(&griot);
            // Once more all of them: nobody is revived.
            let again = import(&griot, &[&order.map(|place| names[place])[..], &more[..]].concat());
            assert_eq!(again["unchanged"], again["rows"], "{order:?} {again}");
            assert_eq!(sorted(&griot), state, "{order:?}");
            assert_eq!(first.get_or_insert_with(|| state.clone()), &state, "{order:?}");
        }
        let griot = Griot::new();
        let packed = zip(&[
            ("audience/unsubscribed_export.csv", &files[1]),
            ("audience/nonsubscribed_export.csv", export("mailchimp-nonsubscribed.csv").as_bytes()),
            ("audience/subscribed_export.csv", &files[0]),
            ("audience/cleaned_export.csv", &files[2]),
            ("audience/notes.csv", b"email,note\nsomebody@example.org,not a reader\n"),
            ("audience/logo.png", b"PNG"),
        ]);
        griot.file("audience.zip", packed);
        let told = import(&griot, &["audience.zip", "--newsletter", "weekly-brief", "--apply"]);
        assert_eq!((&told["format"], told["files"].as_array().unwrap().len()), (&json!("mailchimp"), 4), "{told}");
        assert_eq!(told["aside"][0]["file"], json!("audience.zip/audience/notes.csv"));
        assert_eq!(Some(sorted(&griot)), first);
    }
}

#[test]
fn who_left_stays_away_and_who_came_back_by_themselves_stays() {
    let griot = with(&["mailchimp-unsubscribed.csv"]);
    // Both were imported once; Cy has subscribed by themselves since, Dora long before she left there.
    griot.file("old.csv", "email\ncy@example.org\ndora@example.org\n");
    griot.ok(&["subscribers", "import", "old.csv", "--newsletter", "weekly-brief", "--confirmed"]);
    griot.ok(&["subscribers", "remove", "cy@example.org"]);
    griot.ok(&["subscribers", "add", "cy@example.org", "--newsletter", "weekly-brief"]);
    griot.ok(&["subscribers", "confirm", "cy@example.org"]);
    let command = ["mailchimp-unsubscribed.csv", "--newsletter", "weekly-brief", "--apply"];
    let told = import(&griot, &command);
    assert_eq!(counts(&told), [3, 0, 0, 1, 0, 1, 1], "{told}");
    assert_eq!(told["reasons"]["asked for it here after they had left there"], json!(1));
    assert_eq!(in_state(&griot, "confirmed"), ["cy@example.org"]);
    assert_eq!(in_state(&griot, "ended"), ["dora@example.org"]);
    // A list of addresses brings nobody back, and an operator's word that an address is good again stands.
    griot.ok(&["subscribers", "import", "old.csv", "--newsletter", "weekly-brief", "--confirmed"]);
    assert_eq!(in_state(&griot, "ended"), ["dora@example.org"]);
    griot.ok(&["suppressions", "remove", "eve@example.org", "--reason", "she wrote to us"]);
    let told = import(&griot, &command);
    assert_eq!(told["reasons"]["was let be mailed again here"], json!(1));
    assert!(suppressed(&griot).is_empty());
    assert!(griot.ok(&["store", "check"]).contains("sound"));
}

#[test]
fn tags_and_lists_lead_to_newsletters() {
    let griot = with(&["mailchimp-subscribed.csv", "mailchimp-unsubscribed.csv"]);
    let late = "\n[[newsletter]]\nid = \"late-brief\"\nname = \"The Late Brief\"\nfrom = \"late@example.org\"\n\
                schedule = \"0 3 29 2 *\"\ntimezone = \"Africa/Accra\"\n\n[[newsletter]]\n";
    griot.configure(&[("\n[[newsletter]]\n", late)]);
    let files = ["mailchimp-subscribed.csv", "mailchimp-unsubscribed.csv"];
    let maps = ["--map", "editors=late-brief", "--map", "*=weekly-brief", "--apply"];
    let told = import(&griot, &[&files[..], &maps].concat());
    assert_eq!(
        told["newsletters"]["late-brief"],
        json!({"added": 2, "updated": 0, "unchanged": 0, "refused": 0, "suppressed": 0, "ended": 2})
    );
    assert_eq!(
        told["newsletters"]["weekly-brief"],
        json!({"added": 1, "updated": 0, "unchanged": 0, "refused": 0, "suppressed": 1, "ended": 2})
    );
    assert_eq!(told["unmapped"], json!({"Accra": 1}));
    let of = |email: &str| -> Vec<String> {
        let ties = show(&griot, email)["subscriptions"].as_array().unwrap().clone();
        ties.iter()
            .map(|tie| format!("{} {}", tie["newsletter"].as_str().unwrap(), tie["state"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(of("ada@example.org"), ["late-brief confirmed"]);
    assert_eq!(of("zoe@example.org"), ["weekly-brief confirmed"]);
    assert_eq!(of("cy@example.org").len(), 2);

    // Nobody is put where nothing leads.
    let only = import(&griot, &["mailchimp-subscribed.csv", "--map", "nobody=late-brief"]);
    assert_eq!(only["reasons"], json!({"is on no list that leads to a newsletter": 3}));
    let ran = griot.run(&["subscribers", "import", "mailchimp-subscribed.csv"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "griot: name the newsletter they are to get with --newsletter, or --map 'TAG=NEWSLETTER'\n")
    );
    let wrong = griot.err(&["subscribers", "import", "mailchimp-subscribed.csv", "--newsletter", "none"]);
    assert!(wrong.starts_with("griot: there is no newsletter \"none\""), "{wrong}");
}

#[test]
fn every_encoding_delimiter_and_ragged_row_is_read() {
    let text = export("mailchimp-subscribed.csv");
    let utf16 =
        |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect() };
    // The one cell with a comma in it is left out where commas go.
    let plain = text.replace("\"O'Neill, Jr.\"", "O'Neill").replace("\"\"\"Editors\"\",\"\"Accra\"\"\"", "Editors");
    let ragged: String = plain.lines().map(|line| format!("{}\r\n", line.trim_end_matches(','))).collect();
    let files: [(&str, Vec<u8>); 6] = [
        ("UTF-16 LE", utf16(u16::to_le_bytes)),
        ("UTF-16 BE", utf16(u16::to_be_bytes)),
        ("Windows-1252", text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()),
        ("semicolons", format!("sep=;\n{}", plain.replace(',', ";")).into_bytes()),
        ("tabs", plain.replace(',', "\t").into_bytes()),
        ("ragged", ragged.into_bytes()),
    ];
    for (name, bytes) in files {
        let griot = Griot::new();
        griot.file("a.csv", bytes);
        let told = import(&griot, &["a.csv", "--newsletter", "weekly-brief", "--apply"]);
        assert_eq!((counts(&told), &told["format"]), ([3, 3, 0, 0, 0, 0, 0], &json!("mailchimp")), "{name}");
        let zoe = show(&griot, "zoe@example.org");
        assert!(zoe["name"].as_str().unwrap().starts_with("Zoë O'Neill"), "{name}: {zoe}");
        assert_eq!(zoe["timezone"], json!("Europe/Paris"), "{name}");
    }
}

#[test]
fn a_kill_in_the_middle_leaves_nothing_behind() {
    let griot = Griot::new();
    let mut child = griot
        .command(&["subscribers", "import", "-", "--newsletter", "weekly-brief", "--apply", "--report", "rows.csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let rows: String =
        (0..21_000).map(|n| format!("reader{n}@example.org,active,2024-01-02 03:04:05,free\n")).collect();
    input.write_all(format!("email,status,created_at,subscription_tier\n{rows}").as_bytes()).unwrap();
    // The input never ends; the report grows once the first rows are written.
    while fs::metadata(griot.path("rows.csv")).map_or(0, |file| file.len()) < 100_000 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(griot.json(&["subscribers", "list", "--json"]).is_empty());
    griot.file("all.csv", format!("email,status,created_at,subscription_tier\n{rows}"));
    let told = import(&griot, &["all.csv", "--newsletter", "weekly-brief", "--apply"]);
    assert_eq!(told["added"], json!(21_000));
}

#[test]
fn a_plain_list_is_shown_first_only_where_that_is_asked() {
    let griot = Griot::new();
    griot.file("list.csv", "email,optin_time,optin_ip,language\nada@example.org,2020-01-02 03:04:05,192.0.2.1,pt_br\n");
    let list = ["list.csv", "--newsletter", "weekly-brief"];
    for more in [&["--dry-run"][..], &["--from", "csv"], &["--from", "auto"]] {
        let told = import(&griot, &[&list[..], more].concat());
        assert_eq!(
            (&told["dry_run"], &told["added"], &told["pending"]),
            (&json!(true), &json!(1), &json!(1)),
            "{more:?}"
        );
    }
    let told = import(&griot, &[&list[..], &["--confirmed", "--apply"]].concat());
    assert_eq!((&told["format"], &told["subscribed"]), (&json!("csv"), &json!(1)));
    let ada = show(&griot, "ada@example.org");
    assert_eq!((&ada["language"], &ada["consents"][0]["asked_from"]), (&json!("pt-BR"), &json!("192.0.2.1")));
    assert_eq!(ada["subscriptions"][0]["source"], json!("import"));
    let told = import(&griot, &list);
    assert_eq!((&told["dry_run"], &told["unchanged"]), (&json!(false), &json!(1)));
}

#[test]
fn says_what_cannot_be_read() {
    let griot = Griot::new();
    let packed = zip(&[("posts.csv", b"post_id,title\n1,Hello\n")]);
    for (content, error) in [
        (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], "it is an Excel workbook; save it as CSV and import that"),
        (&packed[..], "no file in it is a list of readers; one has a column called `email`"),
    ] {
        griot.file("a.csv", content);
        let told = griot.err(&["subscribers", "import", "a.csv", "--newsletter", "weekly-brief"]);
        assert_eq!(told, format!("griot: cannot import a.csv: {error}\n"));
    }
    let ran = griot.run(&["subscribers", "import", "a.csv", "--from", "aweber"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("\"aweber\" is none of auto, griot, mailchimp, substack"), "{}", ran.stderr);
    let ran = griot.run(&["subscribers", "import", "a.csv", "--map", "Editors"]);
    assert!(ran.stderr.contains("write a tag and a newsletter, such as 'Editors=weekly-brief'"), "{}", ran.stderr);
}
