//! Every page is in the book's contents, and every link leads to a page, and to a heading, that is there.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::generated::root;
use crate::markdown::{self, Document};

const CONTENTS: &str = "docs/SUMMARY.md";

#[test]
fn every_page_is_in_the_contents_once() {
    let contents = Document::read(CONTENTS.to_owned());
    let listed: Vec<String> = contents.targets().iter().map(|target| format!("docs/{target}")).collect();
    let mut seen = BTreeSet::new();
    for page in &listed {
        assert!(seen.insert(page), "{CONTENTS} lists {page} twice");
    }
    for page in markdown::pages().iter().filter(|page| *page != CONTENTS) {
        assert!(seen.contains(page), "{CONTENTS} does not list {page}: no reader of the book would find it");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut links = 0;
    for document in markdown::documents() {
        for target in document.targets() {
            links += 1;
            if let Some(why) = what_is_wrong(&document, &target) {
                wrong.push(format!("{} links to {target}: {why}", document.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(links > 100, "only {links} links were found");
}

fn what_is_wrong(document: &Document, target: &str) -> Option<String> {
    if target.starts_with("https://") || target.starts_with("mailto:") {
        return None;
    }
    if target.contains(':') {
        return Some("it is neither https nor a file".into());
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let name = if file.is_empty() { document.name.clone() } else { plain(&document.folder().join(file)) };
    let is_of_the_book = document.name.starts_with("docs/");
    if is_of_the_book && !name.starts_with("docs/") {
        return Some("it is not part of the book, whose readers would find nothing there".into());
    }
    if !root().join(&name).exists() {
        return Some("there is no such file".into());
    }
    if anchor.is_empty() {
        return None;
    }
    if !name.ends_with(".md") {
        return Some("only pages have headings".into());
    }
    let page = included(Document::read(name));
    (!page.anchors().iter().any(|known| known == anchor)).then(|| format!("there is no heading #{anchor}"))
}

/// A path without `..`.
fn plain(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain.to_str().unwrap().to_owned()
}

/// The page with what mdBook puts in the place of `{{#include FILE}}`, or `{{#include FILE:ANCHOR}}`.
pub fn included(mut document: Document) -> Document {
    while let Some(start) = document.text.find("{{#include ") {
        let end = start + document.text[start..].find("}}").unwrap();
        let target = document.text[start + "{{#include ".len()..end].to_owned();
        let (file, anchor) =
            target.split_once(':').map_or((target.as_str(), None), |(file, anchor)| (file, Some(anchor)));
        let mut text = Document::read(plain(&document.folder().join(file))).text;
        if let Some(anchor) = anchor {
            let begin = format!("ANCHOR: {anchor} ");
            let begin = text.find(&begin).unwrap_or_else(|| panic!("{file} has no {begin}"));
            let stop = text.find(&format!("ANCHOR_END: {anchor} ")).unwrap();
            let within = &text[begin..stop];
            let first = within.find('\n').unwrap() + 1;
            let last = within.rfind('\n').unwrap() + 1;
            text = within[first..last].to_owned();
        }
        document.text.replace_range(start..end + 2, &text);
    }
    document
}

/// A page that includes another has to lead to the same places from where it stands itself.
#[test]
fn what_is_included_keeps_its_links() {
    let mut includes = 0;
    for page in markdown::pages() {
        let document = Document::read(page);
        if !document.prose().contains("{{#include ") {
            continue;
        }
        includes += 1;
        let whole = included(document);
        let inline: Vec<String> =
            whole.targets().into_iter().filter(|target| !target.starts_with("https://")).collect();
        for target in inline {
            let why = what_is_wrong(&whole, &target);
            assert!(why.is_none(), "{} links to {target}: {}", whole.name, why.unwrap());
        }
        for label in whole.labels() {
            let is_defined = whole.text.lines().any(|line| line.starts_with(&format!("[{label}]: ")));
            assert!(is_defined, "{} does not say where [{label}] leads", whole.name);
        }
    }
    assert!(includes >= 2, "only {includes} pages include another");
}
