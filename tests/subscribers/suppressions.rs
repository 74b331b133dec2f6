//! Who is never mailed: added, removed with a reason that is kept, imported and exported, address or whole domain.

use crate::support::command_line::Griot;

fn add_reader(griot: &Griot, email: &str) {
    griot.ok(&["subscribers", "add", email, "--newsletter", "weekly-brief", "--confirmed"]);
}

fn listed(griot: &Griot) -> Vec<(String, String)> {
    let rows = griot.json(&["suppressions", "list", "--json"]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(&row["address"]), text(&row["reason"]))).collect()
}

#[test]
fn who_is_suppressed_is_told_why_and_is_not_taken_in_again() {
    let griot = Griot::new();
    add_reader(&griot, "ada@example.org");
    let added = griot.ok(&["suppressions", "add", "Ada@example.org", "--reason", "wrote to us"]);
    assert_eq!(added, "Ada@example.org is suppressed: wrote to us\n");
    let again = griot.ok(&["suppressions", "add", "ada@example.org"]);
    assert_eq!(again, "ada@example.org was already suppressed: by hand\n");
    griot.ok(&["suppressions", "add", "@Blocked.example"]);
    let pair = |who: &str, why: &str| (who.to_owned(), why.to_owned());
    assert_eq!(listed(&griot), [pair("@blocked.example", "by hand"), pair("Ada@example.org", "wrote to us")]);

    let refused = griot.err(&["subscribers", "add", "bob@blocked.example", "--newsletter", "weekly-brief"]);
    assert_eq!(refused, "griot: bob@blocked.example is suppressed (by hand) and is never mailed\n");
    griot.file("readers.csv", "email\nada@example.org\ncy@blocked.example\ndo@sub.blocked.example\n");
    let imported =
        griot.json(&["subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed", "--json"]);
    assert_eq!((&imported[0]["added"], &imported[0]["refused"]), (&1.into(), &2.into()), "{imported:?}");
}

#[test]
fn a_removal_needs_a_reason_and_is_part_of_the_readers_story() {
    let griot = Griot::new();
    add_reader(&griot, "ada@example.org");
    griot.ok(&["suppressions", "add", "ada@example.org", "--reason", "hard bounce"]);
    let without = griot.run(&["suppressions", "remove", "ada@example.org"]);
    assert_eq!(without.code, Some(2), "{without:?}");
    let empty = griot.err(&["suppressions", "remove", "ada@example.org", "--reason", " "]);
    assert_eq!(empty, "griot: --reason is empty; say why ada@example.org may be mailed again\n");
    let nobody = griot.err(&["suppressions", "remove", "bob@example.org", "--reason", "why not"]);
    let told = "griot: bob@example.org is not suppressed; `griot suppressions list` shows who is\n";
    assert_eq!(nobody, told);
    let removed = griot.ok(&["suppressions", "remove", "ADA@example.org", "--reason", "the mailbox is back"]);
    assert_eq!(removed, "ADA@example.org may be mailed again\n");
    assert_eq!(listed(&griot), []);

    let story = griot.ok(&["subscribers", "show", "ada@example.org"]);
    for part in ["suppressed  ", "hard bounce", "let be mailed again  the mailbox is back"] {
        assert!(story.contains(part), "{part:?} is not in\n{story}");
    }
}

#[test]
fn what_was_exported_comes_in_again_and_other_programs_lists_do_too() {
    let griot = Griot::new();
    let list = griot.file("list.txt", "ada@example.org\n\n@blocked.example\nother.example\nnot an address\n");
    let first = griot.json(&["suppressions", "import", &list, "--reason", "from the old list", "--json"]);
    assert_eq!(
        (&first[0]["rows"], &first[0]["added"], &first[0]["refused"]),
        (&4.into(), &3.into(), &1.into()),
        "{first:?}"
    );
    let csv = griot.file("bounces.csv", "status;reason;email;created\n550;no such user;bob@example.org;1600000000\n");
    assert_eq!(
        griot.ok(&["suppressions", "import", &csv]),
        "bounces.csv: 1 rows · 1 added · 0 unchanged · 0 refused\n"
    );
    assert_eq!(griot.ok(&["suppressions", "export", "all.csv"]), "Exported 4 suppressions to all.csv\n");
    // W: a cell that begins with @ would be run by a spreadsheet.
    assert!(griot.read("all.csv").contains("\"'@blocked.example\",\"from the old list\""), "{}", griot.read("all.csv"));

    let other = Griot::new();
    other.file("all.csv", griot.read("all.csv"));
    other.ok(&["suppressions", "import", "all.csv"]);
    assert_eq!(listed(&other), listed(&griot));
    let again = other.ok(&["suppressions", "import", "all.csv"]);
    assert_eq!(again, "all.csv: 4 rows · 0 added · 4 unchanged · 0 refused\n");
    let limited = other.ok(&["suppressions", "list", "--limit", "2"]);
    assert!(limited.ends_with("There are more: griot suppressions list --after @other.example\n"), "{limited}");
    let rest = other.ok(&["suppressions", "list", "--after", "@other.example"]);
    assert_eq!(rest.lines().count(), 2, "{rest}");
}

#[test]
fn a_file_that_is_no_list_is_refused_with_what_to_do() {
    let griot = Griot::new();
    griot.file("empty.txt", "");
    griot.file("other.csv", "name,city\nAda,Accra\n");
    let empty = griot.err(&["suppressions", "import", "empty.txt"]);
    assert_eq!(empty, "griot: cannot import empty.txt: it is empty; write an address or a domain a line\n");
    let other = griot.err(&["suppressions", "import", "other.csv"]);
    assert_eq!(
        other,
        "griot: cannot import other.csv: no column is called `email`, `address` or `domain`, and the first line is none \
         of them either\n"
    );
    let wrong = griot.run(&["suppressions", "add", "no address"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("neither an address nor a domain such as @example.org"), "{wrong:?}");
}
