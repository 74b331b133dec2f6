//! `griot subscribers list`: a page at a time, each subscriber once.

use crate::support::command_line::Griot;

#[test]
fn pages_meet_without_gap_or_overlap() {
    let griot = Griot::new();
    let rows: String = (0..120).map(|n| format!("reader{:03}@example.org,Reader {n}\n", (n * 7) % 120)).collect();
    griot.file("readers.csv", format!("email,name\n{rows}"));
    griot.ok(&["subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed"]);

    let mut found = Vec::new();
    let mut command = "griot subscribers list --newsletter weekly-brief --state confirmed".to_owned();
    loop {
        let arguments: Vec<&str> = command.split(' ').skip(1).collect();
        let page = griot.ok(&arguments);
        found.extend(
            page.lines()
                .filter(|line| line.contains("confirmed  ") || line.ends_with("confirmed"))
                .filter_map(|line| line.split(' ').next().filter(|email| email.contains('@')).map(str::to_owned)),
        );
        match page.lines().find_map(|line| line.strip_prefix("There are more: ")) {
            Some(next) => command = next.to_owned(),
            None => break,
        }
    }
    let expected: Vec<String> = (0..120).map(|n| format!("reader{n:03}@example.org")).collect();
    assert_eq!(found, expected);
    assert_eq!(griot.json(&["subscribers", "list", "--json"]).len(), 120);
    assert_eq!(griot.json(&["subscribers", "list", "--json", "--limit", "7"]).len(), 7);
    assert_eq!(
        griot.ok(&["subscribers", "list", "--state", "ended"]),
        "No subscriber fits; `griot subscribers import` or the sign-up page brings some\n"
    );
}

#[test]
fn w_a_name_cannot_steer_the_terminal() {
    let griot = Griot::new();
    let add = ["subscribers", "add", "a@example.org", "--newsletter", "weekly-brief", "--confirmed", "--name"];
    griot.ok(&[&add[..], &["\u{202e}Ada\x1b[2J"]].concat());
    assert_eq!(griot.ok(&["subscribers", "list"]), "a@example.org  \u{fffd}Ada [2J  weekly-brief  confirmed\n");
}
