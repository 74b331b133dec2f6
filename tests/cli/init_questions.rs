//! `griot init` on a terminal: what it asks, what it says of answers that cannot be, and what it writes.

use std::fs;
use std::process::Command;

use crate::support::command_line::Griot;

/// Runs a command on a terminal of its own: waits for each question, types the next answer, and prints all that stood on
/// the screen, what was typed included. A `^D` ends the input.
const TERMINAL: &str = r#"
import os, pty, sys
answers, command = sys.argv[1].split("|"), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
screen, seen = b"", 0
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    screen += more
    if screen[seen:].endswith(b"]: ") and answers:
        seen, answer = len(screen), answers.pop(0)
        os.write(terminal, b"\x04" if answer == "^D" else answer.encode() + b"\n")
sys.stdout.write(screen.decode().replace("\r\n", "\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

/// What stood on the screen, and the exit code.
fn on_a_terminal(griot: &Griot, answers: &[&str], arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = Command::new("python3");
    command.args(["-c", TERMINAL, &answers.join("|"), env!("CARGO_BIN_EXE_griot")]).args(arguments);
    command.current_dir(griot.path("")).env("TZ", "Europe/Berlin").env("LC_ALL", "C.UTF-8");
    command.env_remove("GRIOT_CONFIG").env_remove("GRIOT_SMTP_PASSWORD");
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn asks_nine_things_checks_each_and_writes_the_answers_among_the_explanations() {
    let griot = Griot::bare();
    let answers = [
        "North Star Media",
        "2 Ring Road, Kumasi",
        "northstar",
        "http://127.0.0.1:9/",
        "",
        "Sunday Letter",
        "",
        "Sunday <sunday@northstar.example>",
        "smtps://griot@relay.northstar.example",
        "",
        "8 o'clock",
        "30 7 * * SUN",
    ];
    let (screen, code) = on_a_terminal(&griot, &answers, &["init", "press"]);
    assert_eq!(screen, include_str!("init_questions.txt"));
    assert_eq!(code, Some(0));

    let (written, example) = (griot.read("press/griot.toml"), include_str!("../../config.example.toml"));
    let changed: Vec<&str> = written.lines().filter(|line| !example.lines().any(|other| other == *line)).collect();
    assert_eq!(
        changed,
        [
            "name = \"North Star Media\"",
            "# tagline = \"News that travels\"",
            "website = \"http://127.0.0.1:9/\"",
            "address = \"2 Ring Road, Kumasi\"",
            "url = \"smtps://griot@relay.northstar.example\"",
            "id = \"north-star-media\"",
            "name = \"North Star Media\"",
            "website = \"http://127.0.0.1:9/\"",
            "feeds = [\"http://127.0.0.1:9/feed\"]",
            "id = \"sunday-letter\"",
            "name = \"Sunday Letter\"",
            "# description = \"The week's top stories across our platforms, every Friday.\"",
            "from = \"Sunday <sunday@northstar.example>\"",
            "# reply_to = \"editors@example.org\"",
            "schedule = \"30 7 * * SUN\"",
            "timezone = \"Europe/Berlin\"",
        ]
    );
    for explanation in example.lines().filter(|line| line.starts_with('#')) {
        assert!(written.lines().any(|line| line == explanation), "{explanation:?} is gone");
    }
    let mut check = griot.command(&["check", "--config", "press/griot.toml"]);
    assert!(check.env("GRIOT_SMTP_PASSWORD", "a secret").output().unwrap().status.success());
}

#[test]
fn enter_takes_every_answer_and_the_end_of_the_input_writes_nothing() {
    let griot = Griot::bare();
    let (screen, code) = on_a_terminal(&griot, &["", "", "^D"], &["init"]);
    let said = "\ngriot: the answers ended early, and nothing was written; `griot init --yes` asks nothing\n";
    assert!(screen.ends_with(said), "{screen}");
    assert_eq!(code, Some(1));
    assert_eq!(fs::read_dir(griot.path("")).unwrap().count(), 0);

    // On a terminal, too, nothing is asked of whoever does not want it.
    let (screen, code) = on_a_terminal(&griot, &[], &["init", "--yes"]);
    assert!(screen.starts_with("Wrote griot.toml\nMade the store griot.db\n\nNext: fill in your name, "), "{screen}");
    assert_eq!((code, griot.read("griot.toml").as_str()), (Some(0), include_str!("../../config.example.toml")));

    let (screen, code) = on_a_terminal(&griot, &[], &["init"]);
    assert!(screen.starts_with("griot: griot.toml exists already and is left as it is; "), "{screen}");
    assert_eq!(code, Some(1));
}

#[test]
fn the_store_lies_where_it_is_wanted() {
    let griot = Griot::bare();
    griot.ok(&["init", "etc", "--data", "var/lib"]);
    let folder = fs::canonicalize(griot.path("")).unwrap();
    let written = griot.read("etc/griot.toml");
    for line in [
        format!("\npath = \"{}/var/lib/griot.db\"\n", folder.display()),
        format!("\nurl = \"dir:{}/var/lib/outbox\"\n", folder.display()),
    ] {
        assert!(written.contains(&line), "{line:?} is not in the configuration");
    }
    assert!(griot.path("var/lib/griot.db").exists() && !griot.path("etc/griot.db").exists());
    griot.ok(&["check", "--config", "etc/griot.toml"]);
}
