//! `griot subscribers export`: CSV that a spreadsheet cannot run and an import reads back.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::command_line::Griot;

fn add(griot: &Griot, email: &str, name: &str) {
    griot.ok(&["subscribers", "add", email, "--newsletter", "weekly-brief", "--confirmed", &format!("--name={name}")]);
}

#[test]
fn w_csv_out_is_quoted_guarded_and_comes_back_as_it_was() {
    let griot = Griot::new();
    let names = ["=HYPERLINK(\"http://x.example\")", "@Ada", "-1+1", "'Abena", "O'Neill, \"Kit\"", ""];
    for (n, name) in names.into_iter().enumerate() {
        add(&griot, &format!("reader{n}@example.org"), name);
    }
    add(&griot, "+reader@example.org", "Plus");
    griot.ok(&[
        "subscribers",
        "add",
        "ada@example.org",
        "--newsletter",
        "weekly-brief",
        "--confirmed",
        "--timezone",
        "Africa/Lagos",
    ]);
    let csv = griot.ok(&["subscribers", "export"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("\"email\",\"name\",\"newsletter\",\"state\","), "{csv}");
    assert!(lines[1].starts_with("\"reader0@example.org\",\"'=HYPERLINK(\"\"http://x.example\"\")\",\"weekly-brief\",\"confirmed\",\"command line\",\"20"));
    for line in &lines[1..] {
        assert!(
            line.split("\",\"").all(|cell| !cell.trim_start_matches('"').starts_with(['=', '+', '-', '@'])),
            "{line}"
        );
    }

    assert!(lines[0].contains(",\"timezone\",") && lines[8].contains(",\"Africa/Lagos\","), "{csv}");

    let other = Griot::new();
    other.file("all.csv", &csv);
    other.ok(&["subscribers", "import", "all.csv", "--newsletter", "weekly-brief", "--confirmed"]);
    let mut before = griot.json(&["subscribers", "list", "--json"]);
    let mut after = other.json(&["subscribers", "list", "--json"]);
    for listed in [&mut before, &mut after] {
        listed.sort_by_key(|subscriber| subscriber["email"].to_string());
    }
    assert_eq!(before, after);
}

#[test]
fn exports_what_was_asked_for_into_a_new_file_for_its_owner() {
    let griot = Griot::new();
    add(&griot, "ada@example.org", "Ada");
    add(&griot, "bob@example.org", "Bob");
    griot.ok(&["subscribers", "remove", "bob@example.org"]);
    assert_eq!(
        griot.ok(&["subscribers", "export", "left.csv", "--newsletter", "weekly-brief", "--state", "ended"]),
        "Exported 1 subscription to left.csv\n"
    );
    let left = griot.read("left.csv");
    assert!(left.lines().count() == 2 && left.contains("\"bob@example.org\""), "{left}");
    assert_eq!(fs::metadata(griot.path("left.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        griot.err(&["subscribers", "export", "left.csv"]),
        "griot: left.csv exists already; name another file\n"
    );

    // The file itself says that Bob left: importing it elsewhere does not bring him back.
    let other = Griot::new();
    other.file("left.csv", left);
    let told = &other.json(&["subscribers", "import", "left.csv", "--newsletter", "weekly-brief", "--json"])[0];
    assert_eq!((&told["added"], &told["reasons"]["left, as the file says"]), (&0.into(), &1.into()));
}
