//! `griot subscribers import`: whatever people's programs write comes in, what can't is named line by line, and
//! nothing is lost in between.

use std::io::Write;
use std::process::Stdio;

use crate::support::command_line::Griot;
use serde_json::{Value, json};

fn import(griot: &Griot, file: &str, more: &[&str]) -> Value {
    let command = ["subscribers", "import", file, "--newsletter", "weekly-brief", "--json"];
    griot.json(&[&command[..], more].concat()).remove(0)
}

fn counts(told: &Value) -> [u64; 5] {
    ["rows", "added", "updated", "unchanged", "refused"].map(|key| told[key].as_u64().unwrap())
}

fn listed(griot: &Griot) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut listed: Vec<_> = griot
        .json(&["subscribers", "list", "--json"])
        .iter()
        .map(|subscriber| (text(&subscriber["email"]), text(&subscriber["name"])))
        .collect();
    listed.sort();
    listed
}

#[test]
fn importing_again_changes_nothing_and_a_new_name_is_an_update() {
    let griot = Griot::new();
    griot.file("a.csv", "email,name\nada@example.org,Ada\nbob@example.org,\nADA@example.org,Ada\n");
    assert_eq!(counts(&import(&griot, "a.csv", &[])), [3, 2, 0, 1, 0]);
    assert_eq!(counts(&import(&griot, "a.csv", &[])), [3, 0, 0, 3, 0]);
    griot.file("b.csv", "email,name\nada@example.org,Ada Lovelace\nbob@example.org,\n");
    assert_eq!(counts(&import(&griot, "b.csv", &[])), [2, 0, 1, 1, 0]);
    // Pending become confirmed where the publisher vouches for them, never the other way round.
    assert_eq!(counts(&import(&griot, "b.csv", &["--confirmed"])), [2, 0, 2, 0, 0]);
    assert_eq!(counts(&import(&griot, "b.csv", &[])), [2, 0, 0, 2, 0]);
    assert_eq!(griot.json(&["subscribers", "list", "--state", "confirmed", "--json"]).len(), 2);
}

#[test]
fn says_what_was_refused_and_why() {
    let griot = Griot::new();
    let rows = "Name;E-Mail\nAda;ada@example.org\nBob;bob\n;\u{7}@b@c\nCy;\n\n\"Dora\" D;dora@example.org\nEve;éve@example.org\n";
    griot.file("mixed.csv", rows);
    assert_eq!(
        griot.ok(&["subscribers", "import", "mixed.csv", "--newsletter", "weekly-brief"]),
        "mixed.csv: 6 rows · 1 added · 0 updated · 0 unchanged · 5 refused\n        \
         1  has a quotation mark in the wrong place\n        \
         1  has no address\n        \
         1  is no address griot can mail: it has no @\n        \
         1  is no address griot can mail: the part before the @ has a character that needs SMTPUTF8, which most \
         servers refuse\n        \
         1  is no address griot can mail: the part before the @ may hold letters, digits, single dots inside, and \
         !#$%&'*+-/=?^_`{|}~\n  \
         line 3: bob: is no address griot can mail: it has no @\n  \
         line 4: \u{fffd}@b@c: is no address griot can mail: the part before the @ may hold letters, digits, single \
         dots inside, and !#$%&'*+-/=?^_`{|}~\n  \
         line 5: Cy;: has no address\n  \
         line 7: \"Dora\" D;dora@example.org: has a quotation mark in the wrong place\n  \
         line 8: éve@example.org: is no address griot can mail: the part before the @ has a character that needs \
         SMTPUTF8, which most servers refuse\n\
         All 5 refused rows are in mixed.csv.refused.csv\n\
         Pending subscribers get nothing. If they have agreed to be mailed and you can show it, run this again with \
         --confirmed\n"
    );
    let report = griot.read("mixed.csv.refused.csv");
    assert!(
        report.starts_with(
            "\"line\",\"value\",\"reason\"\n\"3\",\"bob\",\"is no address griot can mail: it has no @\"\n"
        ),
        "{report}"
    );
    assert_eq!(report.lines().count(), 6);
}

#[test]
fn takes_time_zones_as_programs_write_them_and_the_row_where_it_is_none() {
    let griot = Griot::new();
    griot.file(
        "zones.csv",
        "Email Address,TIMEZONE\nada@example.org,America/Los_Angeles\nbob@example.org,africa/lagos\ncy@example.org,\n\
         dora@example.org,GMT+25\n=1@example,Nowhere\neve@example.org,Accra\n",
    );
    assert_eq!(
        griot.ok(&["subscribers", "import", "zones.csv", "--newsletter", "weekly-brief", "--confirmed"]),
        "zones.csv: 6 rows · 5 added · 0 updated · 0 unchanged · 1 refused\n        \
         1  is no address griot can mail: the domain has no dot\n  \
         line 6: =1@example: is no address griot can mail: the domain has no dot\n\
         All 1 refused rows are in zones.csv.refused.csv\n\
         Taken without a time zone, because theirs is no IANA name such as Africa/Lagos: 2 rows\n  \
         line 5: dora@example.org: GMT+25\n  \
         line 7: eve@example.org: Accra\n"
    );
    let zones = || -> Vec<String> {
        let listed = griot.json(&["subscribers", "list", "--json"]);
        listed.iter().map(|subscriber| subscriber["timezone"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(zones(), ["America/Los_Angeles", "Africa/Lagos", "", "", ""]);

    // A new zone is an update, none takes nothing away.
    griot.file("again.csv", "email,tz\nada@example.org,\nbob@example.org,Africa/Lagos\neve@example.org,Africa/Accra\n");
    let told = import(&griot, "again.csv", &[]);
    assert_eq!((counts(&told), &told["without_timezone"]), ([3, 0, 1, 2, 0], &0.into()));
    assert_eq!(zones(), ["America/Los_Angeles", "Africa/Lagos", "", "", "Africa/Accra"]);
    // Who is refused is not told of twice.
    griot.ok(&["subscribers", "remove", "eve@example.org"]);
    let told = import(&griot, "zones.csv", &[]);
    assert_eq!((counts(&told), &told["without_timezone"]), ([6, 0, 0, 4, 2], &1.into()));
}

#[test]
fn lists_every_refused_row_where_it_is_told_to() {
    let griot = Griot::new();
    let rows: String = (0..50).map(|n| format!("nobody{n}\n")).collect();
    griot.file("bad.csv", format!("email\n{rows}"));
    let shown = griot.ok(&["subscribers", "import", "bad.csv", "--newsletter", "weekly-brief", "--report", "list.csv"]);
    assert!(shown.ends_with("The first 20 are shown; all 50 refused rows are in list.csv\n"), "{shown}");
    assert_eq!(griot.read("list.csv").lines().count(), 51);
    assert!(!griot.path("bad.csv.refused.csv").exists());
}

#[test]
fn c_never_brings_back_who_left_or_was_erased() {
    let griot = Griot::new();
    griot.file("a.csv", "email\nada@example.org\nbob@example.org\ncy@example.org\n");
    import(&griot, "a.csv", &["--confirmed"]);
    griot.ok(&["subscribers", "remove", "ada@example.org"]);
    griot.ok(&["subscribers", "erase", "bob@example.org", "--yes"]);
    let told = import(&griot, "a.csv", &["--confirmed"]);
    assert_eq!(counts(&told), [3, 0, 0, 1, 2]);
    assert_eq!(told["reasons"], json!({"left before": 1, "was erased at the reader's wish": 1}));
    assert_eq!(listed(&griot).len(), 2);
    let report = griot.read("a.csv.refused.csv");
    assert!(report.contains("\"2\",\"ada@example.org\",\"left on "), "{report}");
    assert!(report.contains("\"3\",\"bob@example.org\",\"was erased at the reader's wish\""), "{report}");
}

#[test]
fn reads_every_encoding_and_delimiter() {
    let expected: Vec<(String, String)> =
        vec![("ada@example.org".into(), "Zoë Ada".into()), ("bob@example.org".into(), "Bob".into())];
    let text = |delimiter: &str| {
        "Email Address,First Name,Last Name\r\nada@example.org,Zoë,\"Ada\"\r\nbob@example.org,Bob,\r\n"
            .replace(',', delimiter)
    };
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{}", text("\t")).encode_utf16().flat_map(bytes).collect()
    };
    let files: [(&str, Vec<u8>); 6] = [
        ("UTF-8", text(",").into_bytes()),
        ("UTF-8 with a mark", format!("\u{feff}{}", text(";")).into_bytes()),
        ("UTF-16 LE", utf16(u16::to_le_bytes)),
        ("UTF-16 BE", utf16(u16::to_be_bytes)),
        ("Latin-1", text(";").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()),
        ("old Mac", text(",").replace("\r\n", "\r").into_bytes()),
    ];
    for (name, bytes) in files {
        let griot = Griot::new();
        griot.file("a.csv", bytes);
        assert_eq!(counts(&import(&griot, "a.csv", &[])), [2, 2, 0, 0, 0], "{name}");
        assert_eq!(listed(&griot), expected, "{name}");
    }
}

#[test]
fn a_stray_quotation_mark_loses_nobody() {
    let griot = Griot::new();
    griot.file(
        "a.csv",
        "email,name\n\"ada@example.org,Ada\nbob@example.org,\"Bob\nB\"\ncy@example.org,\"Cy\ndora@example.org,Dora\n",
    );
    let told = import(&griot, "a.csv", &[]);
    assert_eq!(counts(&told), [4, 2, 0, 0, 2]);
    assert_eq!(told["reasons"], json!({"has a quotation mark that is never closed": 2}));
    let expected = [("bob@example.org", "Bob B"), ("dora@example.org", "Dora")];
    assert_eq!(listed(&griot), expected.map(|(email, name)| (email.to_owned(), name.to_owned())));
}

#[test]
fn says_what_a_file_is_that_is_no_list() {
    let griot = Griot::new();
    for (content, error) in [
        (&b""[..], "it is empty; a CSV file begins with the names of its columns, such as `email,name`"),
        (b"\n \n", "it is empty; a CSV file begins with the names of its columns, such as `email,name`"),
        (b"PK\x03\x04\x14\0", "it is a spreadsheet or an archive; save it as CSV and import that"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "it is no text; export the addresses as CSV and import that"),
        (b"Phone,City\n1,2\n", "no column is called `email`; the first line has `Phone`, `City`"),
        (
            b"ada@example.org\n",
            "the first line is a row already; write the names of the columns above it, such as `email,name`",
        ),
    ] {
        griot.file("a.csv", content);
        let told = griot.err(&["subscribers", "import", "a.csv", "--newsletter", "weekly-brief"]);
        assert_eq!(told, format!("griot: cannot import a.csv: {error}\n"));
    }
    assert_eq!(
        griot.err(&["subscribers", "import", "none.csv", "--newsletter", "weekly-brief"]),
        "griot: cannot import none.csv: No such file or directory (os error 2)\n"
    );
    griot.file("a.csv", "email,name\n");
    assert_eq!(counts(&import(&griot, "a.csv", &[])), [0; 5]);
}

#[test]
fn reads_the_standard_input() {
    let griot = Griot::new();
    let mut child = griot
        .command(&["subscribers", "import", "-", "--newsletter", "weekly-brief", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"email\nada@example.org\n").unwrap();
    let told: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(counts(&told), [1, 1, 0, 0, 0]);
}

#[test]
fn an_import_that_was_killed_goes_on_when_it_is_run_again() {
    let griot = Griot::new();
    let rows: String = (0..101_000).map(|n| format!("reader{n}@example.org\n")).collect();
    let mut child = griot
        .command(&["subscribers", "import", "-", "--newsletter", "weekly-brief"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // The input never ends, so it is in the middle of its work whenever the kill comes.
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("email\n{rows}").as_bytes()).unwrap();
    while griot.json(&["subscribers", "list", "--json", "--limit", "1"]).is_empty() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    griot.file("all.csv", format!("email\n{rows}"));
    assert_eq!(counts(&import(&griot, "all.csv", &[])), [101_000, 1_000, 0, 100_000, 0]);
}
