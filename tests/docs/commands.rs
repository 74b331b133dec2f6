//! The page of all commands, made of what clap knows; and every command that a page names is one.

use std::fmt::Write;

use clap::{Arg, ArgAction, Command, CommandFactory};
use griot::cli::Cli;

use crate::generated;
use crate::markdown;

const PAGE: &str = "docs/reference/commands.md";

const BEGINNING: &str = "\
# Every command

<!-- Made by `UPDATE=1 cargo test --test docs` of what the command line knows of itself. -->

`griot COMMAND --help` says the same on the terminal. `griot man DIR` writes it as manual pages, and `griot completions bash`
prints what lets a shell complete it.
";

/// With the options that hold everywhere, and without a `help` command for each.
pub fn griot() -> Command {
    let mut griot = Cli::command().disable_help_subcommand(true);
    griot.build();
    griot
}

#[test]
fn the_page_of_all_commands_is_up_to_date() {
    let griot = griot();
    let mut page = BEGINNING.to_owned();
    page.push_str("\n| command | |\n|---|---|\n");
    let mut all = Vec::new();
    collect(&griot, &mut all);
    for (name, command) in all.iter().filter(|(_, command)| !command.has_subcommands()) {
        writeln!(page, "| [{name}](#{}) | {} |", markdown::slug(name), about(command)).unwrap();
    }
    page.push_str("\n## Everywhere\n");
    write_arguments(&mut page, &griot);
    if let Some(words) = griot.get_after_help() {
        write!(page, "\n{words}\n").unwrap();
    }
    for (name, command) in all.iter().skip(1) {
        let level = if command.has_subcommands() || name.matches(' ').count() == 1 { "##" } else { "###" };
        write!(page, "\n{level} {name}\n\n{}.\n", about(command)).unwrap();
        if command.has_subcommands() {
            continue;
        }
        if let Some(words) = command.get_long_about().filter(|long| Some(*long) != command.get_about()) {
            let more = words.to_string();
            let more = more.split_once("\n\n").map(|(_, more)| more).unwrap_or_default();
            if !more.is_empty() {
                write!(page, "\n{more}\n").unwrap();
            }
        }
        let usage = (*command).clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ");
        write!(page, "\n```text\n{usage}\n```\n").unwrap();
        write_arguments(&mut page, command);
    }
    generated::must_be(PAGE, &page);
}

fn collect<'a>(command: &'a Command, all: &mut Vec<(String, &'a Command)>) {
    let name = command.get_bin_name().unwrap_or("griot");
    all.push((name.to_owned(), command));
    for within in command.get_subcommands() {
        collect(within, all);
    }
}

fn about(command: &Command) -> String {
    let about = command.get_about().unwrap_or_else(|| panic!("{} says nothing of itself", command.get_name()));
    escaped(about.to_string().trim_end_matches('.'))
}

fn write_arguments(page: &mut String, command: &Command) {
    let is_root = !command.get_name().contains(' ') && command.get_bin_name() == Some("griot");
    let is_own = |argument: &&Arg| is_root || !argument.is_global_set();
    let is_told = |argument: &&Arg| {
        !argument.is_hide_set()
            && !matches!(
                argument.get_action(),
                ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
            )
    };
    let arguments: Vec<&Arg> = command.get_arguments().filter(is_own).filter(is_told).collect();
    if arguments.is_empty() {
        return;
    }
    page.push_str("\n| argument | what it is | default |\n|---|---|---|\n");
    for argument in arguments {
        let words = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
        let mut words = escaped(&words.replace("\n\n", "<br>").replace('\n', " "));
        let choices: Vec<String> = if takes_value(argument) {
            let shown = argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
            shown.map(|value| format!("`{}`", value.get_name())).collect()
        } else {
            Vec::new()
        };
        if !choices.is_empty() {
            write!(words, "{}{}", if words.is_empty() { "" } else { ": " }, choices.join(", ")).unwrap();
        }
        if let Some(variable) = argument.get_env() {
            write!(words, "; also by the environment variable `{}`", variable.to_string_lossy()).unwrap();
        }
        let defaults: Vec<String> = argument
            .get_default_values()
            .iter()
            .map(|value| match value.to_string_lossy() {
                value if value.is_empty() => "empty".to_owned(),
                value => format!("`{value}`"),
            })
            .collect();
        let default = match defaults.is_empty() || !takes_value(argument) {
            _ if argument.is_required_set() => "required".to_owned(),
            true => String::new(),
            false => defaults.join(", "),
        };
        writeln!(page, "| {} | {words} | {default} |", shown(argument)).unwrap();
    }
}

fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

/// `-n`, `--newsletter ID`; or `FILE …` for one that goes by its place.
fn shown(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let repeated = matches!(argument.get_action(), ArgAction::Append)
        || argument.get_num_args().is_some_and(|n| n.max_values() > 1);
    let names = format!("{}{}", names.join(" "), if repeated { " …" } else { "" });
    if argument.is_positional() {
        return format!("`{names}`");
    }
    let long = argument.get_long().map(|long| format!("--{long}"));
    let short = argument.get_short().map(|short| format!("-{short}"));
    let both: Vec<String> = short.into_iter().chain(long).collect();
    let value = if takes_value(argument) { format!(" {names}") } else { String::new() };
    format!("`{}{value}`", both.join(", "))
}

/// In a cell of a table, where a bar would end it and an angle bracket would begin HTML.
fn escaped(words: &str) -> String {
    let mut escaped = String::new();
    for (index, part) in words.split('`').enumerate() {
        let part = part.replace('|', "\\|");
        if index % 2 == 1 {
            write!(escaped, "`{part}`").unwrap();
        } else {
            escaped.push_str(&part.replace('<', "&lt;"));
        }
    }
    escaped
}

/// Why these words behind `griot` are no command; the capitals in them stand for something.
pub fn what_is_wrong(griot: &Command, words: &[String]) -> Option<String> {
    let mut command = griot;
    let mut rest = words;
    while let [word, tail @ ..] = rest {
        match command.find_subcommand(word) {
            Some(within) => command = within,
            // It stands for whatever may be there.
            None if word.bytes().all(|b| b.is_ascii_uppercase()) && command.has_subcommands() => return None,
            None if command.has_subcommands() && !word.starts_with('-') && word.starts_with(char::is_alphabetic) => {
                return Some(format!("{} has no command `{word}`", command.get_bin_name().unwrap_or("griot")));
            }
            None => break,
        }
        rest = tail;
    }
    let is_known = |option: &str| {
        let name = option.trim_start_matches('-').split('=').next().unwrap();
        let knows = |command: &Command| {
            command.get_arguments().any(|argument| {
                argument.get_long() == Some(name) || (name.len() == 1 && argument.get_short() == name.chars().next())
            })
        };
        knows(command) || knows(griot)
    };
    let unknown = rest.iter().find(|word| word.starts_with('-') && word.len() > 1 && !is_known(word))?;
    Some(format!("{} has no option {unknown}", command.get_bin_name().unwrap_or("griot")))
}

/// In running text a command is named by its first words: `griot edition show EDITION`.
#[test]
fn every_command_that_is_named_is_one() {
    let griot = griot();
    let mut wrong = Vec::new();
    let mut named = 0;
    for document in markdown::documents() {
        for span in document.code_spans() {
            let Some(words) = span.strip_prefix("griot ") else { continue };
            named += 1;
            let words: Vec<String> =
                words.split_whitespace().take_while(|word| *word != "|").map(ToOwned::to_owned).collect();
            if let Some(why) = what_is_wrong(&griot, &words) {
                wrong.push(format!("{}: `{span}`: {why}", document.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(named > 100, "only {named} commands were found in all pages");
}

#[test]
fn a_command_that_is_not_there_is_found_out() {
    let griot = griot();
    let wrong = |line: &str| {
        let words: Vec<String> = line.split(' ').map(ToOwned::to_owned).collect();
        what_is_wrong(&griot, &words)
    };
    assert_eq!(wrong("edition shew EDITION").as_deref(), Some("griot edition has no command `shew`"));
    assert_eq!(wrong("draft weekly-brief --jason").as_deref(), Some("griot draft has no option --jason"));
    assert_eq!(wrong("fetch --config griot.toml"), None);
}

/// Reads the words behind `griot` as the program itself does; asking for help is no failure.
pub fn parse(words: &[String]) -> Result<(), String> {
    use clap::Parser;
    use clap::error::ErrorKind;
    let words = std::iter::once("griot").chain(words.iter().map(String::as_str));
    match Cli::try_parse_from(words) {
        Err(error) if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Err(error.to_string())
        }
        _ => Ok(()),
    }
}
