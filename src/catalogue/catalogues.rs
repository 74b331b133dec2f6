use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use anyhow::{Context, Result};
use fluent_bundle::FluentResource;

use super::document::Document;
use super::{Catalogue, Problem, languages, negotiation};
use crate::config::Language;

/// The catalogues of every language there is: griot's own, and what a publisher laid over them. Clones share them.
#[derive(Clone, Debug)]
pub struct Catalogues(Source);

#[derive(Clone, Debug)]
enum Source {
    /// griot's own alone. They are read when the first word is said: most commands say nothing to readers.
    BuiltIn,
    Overlaid(Arc<Shelf>),
}

#[derive(Debug)]
struct Shelf {
    /// By tag, in lower case.
    by_tag: BTreeMap<String, Catalogue>,
    english: Catalogue,
    /// The publisher's files that are in use.
    own_files: Vec<PathBuf>,
}

/// The files of one language, in the order in which they are laid over each other.
struct Layers {
    language: Language,
    documents: Vec<(PathBuf, Document)>,
}

static BUILT_IN: LazyLock<Shelf> = LazyLock::new(|| Shelf::of(&built_in()));

impl Catalogues {
    /// griot's own.
    pub fn builtin() -> Self {
        Self(Source::BuiltIn)
    }

    /// English, which has every message.
    pub fn english(&self) -> Catalogue {
        self.shelf().english.clone()
    }

    /// griot's own, and over them what stands in `languages` under a publisher's folder of templates: `xx/*.ftl` for
    /// each language. The error names the first problem.
    pub fn load(folder: &Path) -> Result<Self> {
        let (catalogues, problems) = Self::read(folder)?;
        match problems.into_iter().next() {
            Some(problem) => Err(problem.into()),
            None => Ok(catalogues),
        }
    }

    /// Like [`Self::load`], with every problem. A file that has one is left out.
    pub fn read(folder: &Path) -> Result<(Self, Vec<Problem>)> {
        let folder = folder.join("languages");
        if !folder.is_dir() {
            return Ok((Self::builtin(), Vec::new()));
        }
        let mut problems = Vec::new();
        let mut shelf = built_in();
        for (tag, folder) in entries(&folder, |path| path.is_dir())? {
            let Ok(language) = Language::parse(&tag) else {
                problems.push(Problem {
                    file: folder,
                    line: None,
                    cause: format!("{tag} is not a language tag"),
                    advice: "name the folder after a language, such as en, fr or ar".to_owned(),
                });
                continue;
            };
            let layers = layers_of(&mut shelf, language);
            for (name, file) in entries(&folder, |path| path.extension().is_some_and(|end| end == "ftl"))? {
                let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
                if languages::sources().any(|source| source == (tag.as_str(), name.as_str(), text.as_str())) {
                    continue;
                }
                match Document::read(&text, &file) {
                    Ok(document) => layers.documents.push((file, document)),
                    Err(found) => problems.extend(found),
                }
            }
        }
        let known = |id: &str| given(&shelf, id);
        let mut wrong = Vec::new();
        for layers in shelf.values() {
            let is_there = |id: &str| in_reach(&shelf, layers).any(|(_, document)| has(document, id));
            for (file, document) in &layers.documents {
                let found = document.problems(file, known, is_there);
                if !found.is_empty() {
                    wrong.push(file.clone());
                    problems.extend(found);
                }
            }
        }
        for layers in shelf.values_mut() {
            layers.documents.retain(|(file, _)| !wrong.contains(file));
        }
        Ok((Self(Source::Overlaid(Arc::new(Shelf::of(&shelf)))), problems))
    }

    /// The catalogue of a language: of this very tag, else of its primary subtag, else English.
    pub fn of(&self, language: &Language) -> Catalogue {
        self.found(language.as_str()).unwrap_or(&self.shelf().english).clone()
    }

    /// The catalogue for who sends this Accept-Language (RFC 9110 §12.5.4), of the languages on offer, or of all where
    /// none is named; that of `otherwise` where nothing fits.
    pub fn negotiate(&self, accept_language: &str, offered: &[Language], otherwise: &Language) -> Catalogue {
        let is_offered = |catalogue: &Catalogue| {
            offered.is_empty() || offered.iter().any(|language| catalogue.speaks(language.as_str()))
        };
        negotiation::ranges(accept_language)
            .into_iter()
            .map_while(|range| if range == "*" { None } else { Some(range) })
            .find_map(|range| self.found(range).filter(|catalogue| is_offered(catalogue)).cloned())
            .unwrap_or_else(|| self.of(otherwise))
    }

    /// The languages there are, by tag.
    pub fn languages(&self) -> impl Iterator<Item = &Language> {
        self.shelf().by_tag.values().map(Catalogue::language)
    }

    /// The publisher's files that are in use.
    pub fn own_files(&self) -> Vec<&Path> {
        self.shelf().own_files.iter().map(PathBuf::as_path).collect()
    }

    fn shelf(&self) -> &Shelf {
        match &self.0 {
            Source::BuiltIn => &BUILT_IN,
            Source::Overlaid(shelf) => shelf,
        }
    }

    fn found(&self, tag: &str) -> Option<&Catalogue> {
        let mut tag = tag.to_ascii_lowercase();
        loop {
            if let Some(found) = self.shelf().by_tag.get(&tag) {
                return Some(found);
            }
            // RFC 4647 §3.4: the last subtag is taken away until something fits.
            tag.truncate(tag.rfind('-')?);
        }
    }
}

impl Shelf {
    fn of(shelf: &BTreeMap<String, Layers>) -> Self {
        let resources = |layers: &Layers| -> Vec<Arc<FluentResource>> {
            in_reach(shelf, layers).map(|(_, document)| Arc::clone(&document.resource)).collect()
        };
        let english = Catalogue::new(Language::english(), &shelf.get("en").map(resources).unwrap_or_default(), None);
        let of = |layers: &Layers| Catalogue::new(layers.language.clone(), &resources(layers), Some(english.clone()));
        let mut by_tag: BTreeMap<String, Catalogue> =
            shelf.iter().map(|(tag, layers)| (tag.clone(), of(layers))).collect();
        by_tag.insert("en".to_owned(), english.clone());
        let own = shelf.values().flat_map(|layers| &layers.documents).filter(|(_, document)| !document.is_built_in);
        Self { by_tag, english, own_files: own.map(|(file, _)| file.clone()).collect() }
    }
}

fn built_in() -> BTreeMap<String, Layers> {
    let mut shelf = BTreeMap::new();
    for (tag, name, text) in languages::sources() {
        let file = Path::new("languages").join(tag).join(name);
        // Invariant: a test reads every built-in catalogue.
        let language = Language::parse(tag).expect("built-in languages have tags");
        let mut document = Document::read(text, &file).unwrap_or_else(|problems| panic!("{problems:?}"));
        document.is_built_in = true;
        layers_of(&mut shelf, language).documents.push((file, document));
    }
    shelf
}

fn layers_of(shelf: &mut BTreeMap<String, Layers>, language: Language) -> &mut Layers {
    let tag = language.as_str().to_ascii_lowercase();
    shelf.entry(tag).or_insert_with(|| Layers { language, documents: Vec::new() })
}

/// The files a language is made of: of its primary subtag first, then its own.
fn in_reach<'a>(
    shelf: &'a BTreeMap<String, Layers>,
    layers: &'a Layers,
) -> impl Iterator<Item = &'a (PathBuf, Document)> {
    let primary = layers.language.primary().to_ascii_lowercase();
    let below = if primary.eq_ignore_ascii_case(layers.language.as_str()) { None } else { shelf.get(&primary) };
    below.into_iter().chain([layers]).flat_map(|layers| &layers.documents)
}

fn has(document: &Document, id: &str) -> bool {
    document.messages.iter().any(|message| message.id == id)
}

/// What a message is given: what the built-in English one names, itself or through those it refers to.
fn given(shelf: &BTreeMap<String, Layers>, id: &str) -> Option<Vec<String>> {
    let built_in: Vec<_> = shelf.get("en")?.documents.iter().filter(|(_, document)| document.is_built_in).collect();
    let find = |id: &str| built_in.iter().find_map(|(_, document)| document.messages.iter().find(|one| one.id == id));
    let message = find(id)?;
    let mut variables = message.variables();
    let mut ahead: Vec<&str> = message.referred().collect();
    // Built-in messages refer to each other in no circle.
    while let Some(id) = ahead.pop() {
        if let Some(referred) = find(id) {
            variables.extend(referred.variables());
            ahead.extend(referred.referred());
        }
    }
    variables.sort();
    variables.dedup();
    Some(variables)
}

/// What is in a folder and is `wanted`, by name; hidden files are left alone.
fn entries(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<(String, PathBuf)>> {
    let reading = || format!("reading the folder {}", folder.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && wanted(&entry.path()) {
            entries.push((name, entry.path()));
        }
    }
    entries.sort();
    Ok(entries)
}
