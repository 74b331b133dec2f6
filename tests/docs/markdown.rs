//! The pages as they are written: headings, links, code.

use std::fs;
use std::path::{Path, PathBuf};

use crate::generated::root;

/// A Markdown file, by its path from the root of the repository.
#[derive(Debug)]
pub struct Document {
    pub name: String,
    pub text: String,
}

/// What stands between two fences.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The word behind the first fence; empty where there is none.
    pub language: String,
    pub code: String,
    /// Of the first fence, from 1.
    pub line: usize,
}

/// Every page of the book, and what stands beside it at the root.
pub fn documents() -> Vec<Document> {
    let mut names: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(ToOwned::to_owned).to_vec();
    names.extend(pages());
    names.into_iter().map(Document::read).collect()
}

/// The files of the book: `docs/**/*.md`.
pub fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap().map(Result::unwrap) {
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    pages.sort();
    pages
}

impl Document {
    pub fn read(name: String) -> Self {
        let text = fs::read_to_string(root().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, text }
    }

    pub fn folder(&self) -> &Path {
        Path::new(&self.name).parent().unwrap()
    }

    /// The fenced blocks, without the indentation of the list they may stand in.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines().zip(1..);
        while let Some((line, number)) = lines.next() {
            let bare = line.trim_start();
            let Some(language) = bare.strip_prefix("```") else { continue };
            let indent = line.len() - bare.len();
            let within = lines.by_ref().map(|(line, _)| line).take_while(|line| !line.trim_start().starts_with("```"));
            let code: Vec<&str> = within.map(|line| line.get(indent..).unwrap_or("")).collect();
            let code = code.iter().map(|line| format!("{line}\n")).collect();
            blocks.push(Block { language: language.trim().to_owned(), code, line: number });
        }
        blocks
    }

    /// The page without its fenced blocks and comments.
    pub fn prose(&self) -> String {
        let mut prose = String::new();
        let mut is_code = false;
        for line in self.text.lines() {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            } else if !is_code {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        prose
    }

    /// What stands in single backticks.
    pub fn code_spans(&self) -> Vec<String> {
        let prose = self.prose();
        let spans = prose.split("\n\n").flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2));
        spans.map(|span| span.replace('\n', " ")).collect()
    }

    /// Where `](…)` and `[…]: …` lead.
    pub fn targets(&self) -> Vec<String> {
        let mut prose = self.prose();
        // What stands in backticks is no link.
        for span in self.code_spans() {
            prose = prose.replace(&format!("`{span}`"), "``");
        }
        let inline = prose.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned());
        let defined = prose.lines().filter_map(|line| {
            let (label, target) = line.strip_prefix('[')?.split_once("]: ")?;
            (!label.contains(']')).then(|| target.trim().to_owned())
        });
        inline.chain(defined).collect()
    }

    /// What `#…` may name here.
    pub fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let mut anchors: Vec<String> = Vec::new();
        for line in prose.lines() {
            if let Some(rest) = line.strip_prefix("<a id=\"") {
                anchors.push(rest.split('"').next().unwrap().to_owned());
            }
            let words = line.trim_start_matches('#');
            let level = line.len() - words.len();
            if (1..=6).contains(&level) && words.starts_with(' ') {
                let slug = slug(words.trim());
                let before = anchors.iter().filter(|known| **known == slug).count();
                anchors.push(if before == 0 { slug } else { format!("{slug}-{before}") });
            }
        }
        anchors
    }
}

/// The anchor of a heading, as GitHub and mdBook make it.
pub fn slug(heading: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.chars().filter(|&c| kept(c)).flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn blocks_links_and_anchors_are_found() {
    let text = "# One `two` three\n\n1. A list:\n\n   ```sh\n   griot check\n     more\n   ```\n\n## One `two` three\n\n\
                See [a](b.md#c), `[no](link)` and [d][e].\n\n[e]: f.md\n";
    let document = Document { name: "docs/a.md".into(), text: text.into() };
    let block = Block { language: "sh".into(), code: "griot check\n  more\n".into(), line: 5 };
    assert_eq!(document.blocks(), [block]);
    assert_eq!(document.anchors(), ["one-two-three", "one-two-three-1"]);
    assert_eq!(document.targets(), ["b.md#c", "f.md"]);
}

impl Document {
    /// The labels of links whose targets stand elsewhere on the page: `[docs/api.md]`, a file in brackets alone.
    pub fn labels(&self) -> Vec<String> {
        let prose = self.prose();
        let mut labels = Vec::new();
        for part in prose.split('[').skip(1) {
            let Some((label, rest)) = part.split_once(']') else { continue };
            if label.ends_with(".md") && !rest.starts_with(['(', ':']) {
                labels.push(label.to_owned());
            }
        }
        labels
    }
}
