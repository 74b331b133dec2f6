use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::path::{Path, PathBuf};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::{Problem, escape, sources};

/// What a template may spend: a brief takes some thousands, a loop without end all of it.
const FUEL: u64 = 500_000;

/// A publisher's templates, with griot's own around them.
#[derive(Debug)]
pub(super) struct Replacement {
    folder: PathBuf,
    environment: Environment<'static>,
    /// The publisher's texts by name. What is the same as griot's own is not among them.
    own: BTreeMap<String, String>,
    /// griot's templates that one of them takes part in.
    concerned: BTreeSet<&'static str>,
}

impl Replacement {
    /// Of the files of a folder. Those that do not parse are left out.
    pub fn of(folder: &Path, files: BTreeMap<String, String>) -> (Option<Self>, Vec<Problem>) {
        let mut environment = environment();
        for (name, text) in sources::all() {
            // Invariant: a test renders every built-in template by this engine.
            environment.add_template(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let (mut own, mut problems) = (BTreeMap::new(), Vec::new());
        for (name, text) in files {
            if sources::of(&name) == Some(text.as_str()) {
                continue;
            }
            let is_known = sources::of(&name).is_some();
            match environment.add_template_owned(name.clone(), text.clone()) {
                Ok(()) => {
                    own.insert(name, text);
                }
                // A picture or a note that lies beside the templates does not parse, and need not.
                Err(error) if is_known || is_used(&name, &own) => problems.push(problem(folder, &own, &name, &error)),
                Err(_) => {
                    own.insert(name, String::new());
                }
            }
        }
        if own.is_empty() {
            return (None, problems);
        }
        let concerned = concerned(&own);
        (Some(Self { folder: folder.to_owned(), environment, own, concerned }), problems)
    }

    /// griot's own in place of themselves.
    pub fn of_everything() -> Self {
        let mut environment = environment();
        for (name, text) in sources::all() {
            environment.add_template(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let concerned = sources::all().map(|(name, _)| name).collect();
        Self { folder: PathBuf::from("templates"), environment, own: BTreeMap::new(), concerned }
    }

    pub fn concerns(&self, name: &str) -> bool {
        self.concerned.contains(name)
    }

    pub fn render(&self, name: &str, value: Value) -> Result<String, Problem> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(value));
        rendered.map_err(|error| problem(&self.folder, &self.own, name, &error))
    }

    pub fn replaced(&self) -> Vec<&str> {
        self.own.keys().map(String::as_str).filter(|name| sources::of(name).is_some()).collect()
    }

    pub fn strays(&self) -> Vec<Problem> {
        let is_stray = |name: &&String| sources::of(name).is_none() && !is_used(name, &self.own);
        let stray = |name: &String| Problem {
            file: self.folder.join(name),
            line: None,
            cause: "griot has no template of this name, and none of yours includes it".to_owned(),
            advice: nearest(name).map_or_else(
                || "`griot templates eject --to DIR` writes all there are; take this file away".to_owned(),
                |nearest| format!("did you mean {nearest}?"),
            ),
        };
        self.own.keys().filter(is_stray).map(stray).collect()
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(escape::kind);
    environment.set_formatter(escape::write);
    environment.set_fuel(Some(FUEL));
    environment
}

fn is_used(name: &str, own: &BTreeMap<String, String>) -> bool {
    own.values().any(|text| sources::references(text).any(|used| used == name))
}

/// griot's templates that are replaced, or extend or include one that is, however far down.
fn concerned(own: &BTreeMap<String, String>) -> BTreeSet<&'static str> {
    let mut concerned: BTreeSet<&'static str> =
        sources::all().map(|(name, _)| name).filter(|name| own.contains_key(*name)).collect();
    loop {
        let is_drawn_in = |(name, text): &(&'static str, &'static str)| {
            !concerned.contains(name) && sources::references(text).any(|used| concerned.contains(used))
        };
        let more: Vec<&'static str> = sources::all().filter(is_drawn_in).map(|(name, _)| name).collect();
        if more.is_empty() {
            return concerned;
        }
        concerned.extend(more);
    }
}

/// What went wrong, at the place where it did: an error inside an included template names that one.
fn problem(folder: &Path, own: &BTreeMap<String, String>, name: &str, error: &Error) -> Problem {
    let mut innermost = error;
    while let Some(inner) = innermost.source().and_then(|source| source.downcast_ref::<Error>()) {
        innermost = inner;
    }
    let place = [innermost, error].into_iter().find(|error| error.name().is_some());
    let blamed = place.and_then(Error::name).unwrap_or(name);
    let cause = match innermost.kind() {
        ErrorKind::OutOfFuel => "the template does not come to an end".to_owned(),
        kind => innermost.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
    };
    let is_theirs = own.contains_key(blamed) || blamed == name;
    Problem {
        file: if is_theirs { folder.join(blamed) } else { folder.join(name) },
        line: place.and_then(Error::line).filter(|_| is_theirs),
        cause: if is_theirs { cause } else { format!("{cause} (in griot's own {blamed})") },
        advice: format!("correct it, or take the file away to have griot's own {name} back"),
    }
}

/// A name of griot's that looks like this one: the same file in another folder, or the same but for an end.
fn nearest(name: &str) -> Option<&'static str> {
    let file = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = name.to_ascii_lowercase();
    let stem = |name: &str| name.rsplit_once('.').map_or(name.to_owned(), |(stem, _)| stem.to_owned());
    sources::all().map(|(known, _)| known).find(|known| {
        *known == wanted
            || known.replace('_', "-") == wanted.replace('_', "-")
            || stem(known) == stem(&wanted)
            || !wanted.contains('/') && file(known) == wanted
    })
}
