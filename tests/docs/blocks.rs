//! Every fenced block of every page is tried: what can run runs, what can be read is read. None is passed over.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use crate::commands;
use crate::generated::root;
use crate::markdown::{self, Block, Document};
use crate::merged;
use crate::shell;
use crate::station::Station;

/// Languages of other programs, which nothing here reads.
const OTHERS: [&str; 14] = [
    "caddyfile",
    "css",
    "dns",
    "exim",
    "ftl",
    "html",
    "ini",
    "nginx",
    "php",
    "postfix",
    "python",
    "sql",
    "text",
    "yaml",
];

/// What became of a page's blocks.
#[derive(Default)]
struct Tried {
    ran: usize,
    wrong: Vec<String>,
    /// By language, what was only read or only named.
    others: BTreeMap<String, usize>,
    /// Command lines in `console` blocks: those of griot were parsed, the others belong to the machine.
    parsed: usize,
    machine: usize,
}

#[test]
fn every_block_keeps_its_word() {
    let documents: Vec<Document> = markdown::documents();
    let mut pages: Vec<Tried> = Vec::new();
    // Most of a page's time is waited for a command to end.
    std::thread::scope(|scope| {
        let (one, two) = documents.split_at(documents.len() / 2);
        let try_all = |documents: &[Document]| documents.iter().map(try_page).collect::<Vec<_>>();
        let other = scope.spawn(move || try_all(two));
        pages.extend(try_all(one));
        pages.extend(other.join().unwrap());
    });
    let all = pages.into_iter().fold(Tried::default(), |mut all, page| {
        all.ran += page.ran;
        all.parsed += page.parsed;
        all.machine += page.machine;
        all.wrong.extend(page.wrong);
        page.others.into_iter().for_each(|(language, count)| *all.others.entry(language).or_default() += count);
        all
    });
    let others: Vec<String> = all.others.iter().map(|(language, count)| format!("{language} {count}")).collect();
    // Past the test harness, which would keep it to itself.
    let _ = writeln!(
        std::io::stderr(),
        "docs: {} shell blocks ran; of those that need root, another machine or an answer of somebody's, {} lines of \
         griot were parsed and {} of other programs were not; besides {}",
        all.ran,
        all.parsed,
        all.machine,
        others.join(", "),
    );
    assert!(all.wrong.is_empty(), "{}", all.wrong.join("\n\n"));
    assert!(all.ran >= 12 && all.parsed >= 5, "only {} blocks ran, and {} lines were parsed", all.ran, all.parsed);
}

fn try_page(document: &Document) -> Tried {
    let mut tried = Tried::default();
    let blocks = document.blocks();
    let shell: Vec<String> =
        blocks.iter().filter(|block| block.language == "sh").map(|block| block.code.clone()).collect();
    let mut station = (!shell.is_empty()).then(|| Station::of(&shell));
    for block in &blocks {
        let why = match block.language.as_str() {
            "sh" => run(station.as_mut().unwrap(), block, &mut tried),
            "console" => parse(block, &mut tried),
            language => {
                *tried.others.entry(language.to_owned()).or_default() += 1;
                read(language, block)
            }
        };
        if let Some(why) = why {
            tried.wrong.push(format!("{}:{}: {why}", document.name, block.line));
        }
    }
    tried
}

fn run(station: &mut Station, block: &Block, tried: &mut Tried) -> Option<String> {
    tried.ran += 1;
    let ran = shell::run(&station.stands_in, station.programs(), &block.code);
    station.fill_in();
    match ran {
        Ok((_, stands_in)) => {
            station.stands_in = stands_in;
            None
        }
        Err(why) => Some(format!("{}{why}", block.code)),
    }
}

fn parse(block: &Block, tried: &mut Tried) -> Option<String> {
    let typed = shell::typed(&block.code);
    if typed.is_empty() {
        return Some("a console block without a prompt: begin what is typed with `$ `, or `# ` for root".into());
    }
    let mut wrong = String::new();
    for line in typed {
        let griots = shell::griots(&line);
        if griots.is_empty() {
            tried.machine += 1;
            let program = line.split(' ').next().unwrap();
            if program.contains('/') && !program.starts_with('/') && !root().join(program).exists() {
                writeln!(wrong, "{line}\nthere is no {program}").unwrap();
            }
        }
        for words in griots {
            tried.parsed += 1;
            if let Err(error) = commands::parse(&words) {
                writeln!(wrong, "{line}\n{error}").unwrap();
            }
        }
    }
    (!wrong.is_empty()).then_some(wrong)
}

fn read(language: &str, block: &Block) -> Option<String> {
    match language {
        // What is brought in from elsewhere is looked at there.
        _ if block.code.starts_with("{{#include ") => None,
        "toml" => merged::read(&block.code).err(),
        "json" => serde_json::from_str::<serde_json::Value>(&block.code).err().map(|error| error.to_string()),
        "" => Some("nothing says what the block is: write sh, console, toml, text … behind the fence".into()),
        other if OTHERS.contains(&other) => None,
        other => Some(format!("`{other}` is no language that tests/docs/blocks.rs knows")),
    }
}

#[test]
fn a_block_that_is_wrong_is_found_out() {
    let wrong = |text: &str| try_page(&Document { name: "a.md".into(), text: text.into() }).wrong;
    let one = |text: &str, part: &str| {
        let wrong = wrong(text);
        assert!(wrong.len() == 1 && wrong[0].contains(part), "{text}: {wrong:?}");
    };
    one("```\nx\n```\n", "nothing says what the block is");
    one("```cobol\nx\n```\n", "no language");
    one("```console\ngriot check\n```\n", "without a prompt");
    one("```console\n$ griot chek\n```\n", "chek");
    one("```console\n$ griot fetch --now | head\n```\n", "--now");
    one("```console\n$ scripts/bench-nothing\n```\n", "there is no scripts/bench-nothing");
    one("```toml\n[smtp]\nurl = \"dir:outbox\"\ncolour = 1\n```\n", "colour");
    one("```json\n{,}\n```\n", "a.md:1");
    one("```sh\ngriot preview nothing\n```\n", "nothing");
    assert!(wrong("```sh\ngriot stories\n```\n").is_empty());
}
