//! Command lines as they stand in pages: split as a shell would, and run where that can be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The commands of a `console` block: what follows a prompt, with its continued lines. Everything else is output.
pub fn typed(block: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut is_continued = false;
    for line in block.lines() {
        let typed = if is_continued { Some(line) } else { line.strip_prefix("$ ").or(line.strip_prefix("# ")) };
        let Some(typed) = typed else { continue };
        let more = typed.trim_end().strip_suffix('\\');
        let text = more.unwrap_or(typed).trim();
        if is_continued {
            let last = commands.last_mut().unwrap();
            last.push(' ');
            last.push_str(text);
        } else {
            commands.push(text.to_owned());
        }
        is_continued = more.is_some();
    }
    commands
}

/// The words of each `griot …` in a command line, behind whatever runs it (`runuser -u griot --`, a pipe, a variable).
pub fn griots(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for simple in words(line).split(|word| matches!(word.as_str(), "|" | "&&" | "||" | ";" | "&")) {
        // The name of the user and of the service is griot, too: the program stands first, or behind `--` or `sudo`.
        let is_program = |index: usize| {
            let before = index.checked_sub(1).map(|before| simple[before].as_str());
            let is_first = before.is_none_or(|before| matches!(before, "--" | "sudo" | "exec") || before.contains('='));
            is_first && (simple[index] == "griot" || simple[index].ends_with("/bin/griot"))
        };
        let Some(start) = (0..simple.len()).find(|&index| is_program(index)) else { continue };
        let end = simple.iter().position(|word| word.starts_with('>') || word.starts_with('<')).unwrap_or(simple.len());
        if start < end {
            found.push(simple[start + 1..end].to_vec());
        }
    }
    found
}

/// Quotes and backslashes as in a shell; comments are gone.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (letter, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(letters.next()),
            (letter, None) if letter.is_whitespace() => words.extend(word.take()),
            ('#', None) if word.is_none() => break,
            ('|' | ';' | '&', None) => {
                let is_double = words.last().is_some_and(|last: &String| *last == letter.to_string()) && word.is_none();
                words.extend(word.take());
                if is_double { words.last_mut().unwrap().push(letter) } else { words.push(letter.to_string()) }
            }
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// What the block printed, and the folder it ended in; it must end well. `path` goes before the machine's own programs.
pub fn run(folder: &Path, path: &Path, block: &str) -> Result<(String, PathBuf), String> {
    let griot = Path::new(env!("CARGO_BIN_EXE_griot")).parent().unwrap();
    let others = std::env::var("PATH").unwrap();
    let end = path.join("ended-in");
    let output = Command::new("bash")
        .args(["-euc", &format!("{block}\npwd >\"$ENDED_IN\"")])
        .current_dir(folder)
        .env("PATH", format!("{}:{}:{others}", path.display(), griot.display()))
        .env("ENDED_IN", &end)
        // Where somebody would write, nothing is written.
        .env("EDITOR", "true")
        .env_remove("GRIOT_CONFIG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok((printed, PathBuf::from(fs::read_to_string(end).unwrap().trim_end())));
    }
    Err(format!("ended with {}:\n{printed}{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn command_lines_are_split() {
    let block = "$ griot draft weekly-brief    # the brief\nA line of output\n# runuser -u griot -- griot check \\\n    --config x\n";
    assert_eq!(typed(block), ["griot draft weekly-brief    # the brief", "runuser -u griot -- griot check --config x"]);
    assert_eq!(griots("griot draft weekly-brief    # the brief"), [["draft", "weekly-brief"]]);
    assert_eq!(griots("runuser -u griot -- griot check --config x"), [["check", "--config", "x"]]);
    assert_eq!(
        griots("A=1 griot fetch && cat a | griot bounces read - > x"),
        [vec!["fetch"], vec!["bounces", "read", "-"]]
    );
    assert_eq!(
        griots("griot story edit 4 --headline \"Dockers 'hold' out\""),
        [["story", "edit", "4", "--headline", "Dockers 'hold' out"]]
    );
    assert!(griots("systemctl restart griot").is_empty() && griots("install -o griot /var/lib/griot").is_empty());
}
