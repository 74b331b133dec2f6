//! The README keeps its word: its `sh` blocks run as they stand, one after the other, in an empty folder.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::Utc;

use crate::support::configuration;
use crate::support::feed_server::{self, fresh_feed};

const README: &str = include_str!("../../README.md");

/// What stands between ```` ```sh ```` and ```` ``` ````. Blocks with another word behind the fence are not for running.
fn shell_blocks() -> Vec<&'static str> {
    README.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_first_newsletter_comes_out_as_the_readme_says() {
    let folder = tempfile::tempdir().unwrap();
    let [set_up, try_out] = shell_blocks()[..] else {
        panic!("the README has other shell blocks than this test knows")
    };
    run(folder.path(), set_up);
    let file = folder.path().join("my-brief/griot.toml");
    assert!(fs::read_to_string(&file).unwrap().contains("dir:outbox"), "the README says what the relay is at first");

    // "Fill in your name and postal address, your platforms with their feeds, and your newsletter."
    let feed = fresh_feed(Utc::now(), "week", &["The hall opens", "The ferry sails", "A choir sings", "Rain comes"]);
    let server = feed_server::serve(vec![("feed".to_owned(), feed)]);
    let filled_in = configuration::text(&[format!("{server}feed")], 25, 8080);
    fs::write(&file, filled_in.replace("smtp://127.0.0.1:25?tls=none", "dir:outbox")).unwrap();

    let printed = run(folder.path(), try_out);
    assert!(printed.contains("The hall opens"), "{printed}");
    assert!(fs::read_to_string(folder.path().join("my-brief/preview.html")).unwrap().contains("The ferry sails"));
    let messages = fs::read_dir(folder.path().join("my-brief/outbox")).unwrap().count();
    assert_eq!(messages, 1);
}

#[test]
fn every_file_the_documents_point_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/operating.md", "docs/benchmarks.md"] {
        let folder = root.join(document).parent().unwrap().to_owned();
        let text = fs::read_to_string(root.join(document)).unwrap();
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let exists = target.starts_with("https://") || folder.join(target).exists();
            assert!(exists, "{document} points to {target}, which is not there");
        }
    }
}

#[test]
fn every_command_the_documents_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_word = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase()) && !word.contains(['/', '@', '.']);
    for document in ["README.md", "CONTRIBUTING.md", "docs/operating.md", "docs/benchmarks.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let commands: Vec<&str> = text.split("`griot ").skip(1).map(|rest| rest.split('`').next().unwrap()).collect();
        assert!(document == "CONTRIBUTING.md" || !commands.is_empty(), "{document} names no command");
        for command in commands {
            let words: Vec<&str> = command.split(' ').take_while(is_word).collect();
            let output = Command::new(env!("CARGO_BIN_EXE_griot")).args(&words).arg("--help").output().unwrap();
            assert!(output.status.success(), "{document} names `griot {command}`, which is not there");
        }
    }
}

/// What the block printed; it must end well.
fn run(folder: &Path, block: &str) -> String {
    let binaries = Path::new(env!("CARGO_BIN_EXE_griot")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("bash")
        .args(["-euc", block])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", binaries.display()))
        .env_remove("GRIOT_CONFIG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{block}\nended with {}:\n{printed}{told}", output.status);
    printed
}
