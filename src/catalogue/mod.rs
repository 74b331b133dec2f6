//! griot's own words that a reader sees, in the reader's language: a catalogue of messages for each language.
//!
//! Owns: the catalogues (Fluent, in `templates/languages`), which a publisher may overlay message by message or add a
//! language to ([`Catalogues`]); dates, numbers and lists as a language writes them; which language a browser asks for.
//! Leaves out: what a publisher or a platform wrote, and what operators read, which is English.
//!
//! May fail: reading a publisher's catalogues, as [`Problem`]s with file and line. Saying something never fails: what a
//! language does not have is said in English.

mod argument;
mod catalogues;
mod dates;
mod document;
mod languages;
mod message;
mod negotiation;
mod numbers;
mod object;
mod problem;
mod rhythm;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::config::{Direction, Language};

pub use argument::Argument;
pub use catalogues::Catalogues;
pub use languages::sources as built_in_sources;
pub use numbers::capitalized;
pub use problem::Problem;

/// The messages of one language; clones share them.
#[derive(Clone)]
pub struct Catalogue(Arc<Parts>);

struct Parts {
    language: Language,
    direction: Direction,
    bundle: FluentBundle<Arc<FluentResource>>,
    /// Says what is missing here; `None` in English itself.
    english: Option<Catalogue>,
}

impl Catalogue {
    /// Of resources in their order: a later one replaces messages of earlier ones.
    fn new(language: Language, resources: &[Arc<FluentResource>], english: Option<Self>) -> Self {
        // What Fluent takes a language for is how it counts; a tag it does not read has the primary subtag's plurals.
        let locale: LanguageIdentifier =
            language.as_str().parse().or_else(|_| language.primary().parse()).unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Isolated here, by `tell`: Fluent would mark numbers and our own words too.
        bundle.set_use_isolating(false);
        for resource in resources {
            bundle.add_resource_overriding(Arc::clone(resource));
        }
        Self(Arc::new(Parts { direction: language.direction(), language, bundle, english }))
    }

    /// griot's own English.
    pub fn english() -> Self {
        Catalogues::builtin().english()
    }

    /// The language its words are in: not always the one that was asked for.
    pub fn language(&self) -> &Language {
        &self.0.language
    }

    pub fn direction(&self) -> Direction {
        self.0.direction
    }

    /// Whether its words are in this language, whatever the region.
    pub fn speaks(&self, language: &str) -> bool {
        let primary = language.split('-').next().unwrap_or_default();
        primary.eq_ignore_ascii_case(self.0.language.primary())
    }

    /// A message that takes nothing.
    pub fn say(&self, id: &str) -> String {
        self.tell(id, &[])
    }

    /// A message with what stands in it. In a language that runs from right to left, texts from outside are isolated, so
    /// that a Latin name does not turn the sentence around.
    pub fn tell(&self, id: &str, arguments: &[(&str, Argument<'_>)]) -> String {
        if let Some(told) = self.told(id, arguments) {
            return told;
        }
        // A test holds every id in sources and templates against the English catalogue.
        tracing::error!(id, "no catalogue has this message");
        id.to_owned()
    }

    /// Whether there is such a message, here or in English.
    fn has(&self, id: &str) -> bool {
        self.has_own(id) || self.0.english.as_ref().is_some_and(|english| english.has_own(id))
    }

    fn has_own(&self, id: &str) -> bool {
        self.0.bundle.get_message(id).is_some_and(|message| message.value().is_some())
    }

    fn told(&self, id: &str, arguments: &[(&str, Argument<'_>)]) -> Option<String> {
        let in_english = || self.0.english.as_ref().and_then(|english| english.told(id, arguments));
        let Some(pattern) = self.0.bundle.get_message(id).and_then(|message| message.value()) else {
            return in_english();
        };
        let mut values = FluentArgs::with_capacity(arguments.len());
        for (name, argument) in arguments {
            values.set(*name, argument.value(self.0.direction));
        }
        let mut errors: Vec<FluentError> = Vec::new();
        let told = self.0.bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        if errors.is_empty() {
            return Some(told);
        }
        // Catalogues are checked when they are read, so this is a message that does not fit its caller.
        tracing::error!(id, language = %self.0.language, ?errors, "a message of the catalogue cannot be said");
        Some(in_english().unwrap_or(told))
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Catalogue").field(&self.0.language.as_str()).finish()
    }
}
