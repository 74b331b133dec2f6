use super::{Argument, Catalogue};

/// More names than this in a byline become "and four others".
const BYLINES: usize = 3;

impl Catalogue {
    /// A number as it is written in a sentence: `ten`; large ones in digits.
    pub fn in_words(&self, number: usize) -> String {
        self.tell("number", &[("n", number.into())])
    }

    /// `Ten stories, six minutes`.
    pub fn promise(&self, stories: usize, minutes: usize) -> String {
        let stories = capitalized(&self.tell("stories", &[("n", stories.into())]));
        let minutes = self.tell("minutes", &[("n", minutes.into())]);
        self.tell("promise", &[("stories", Argument::words(stories)), ("minutes", Argument::words(minutes))])
    }

    /// `seven days`.
    pub fn days(&self, days: u32) -> String {
        self.tell("days", &[("n", days.into())])
    }

    /// `Ama, Kojo and Esi`. Names come from outside; empty ones are left out.
    pub fn listed(&self, names: &[&str]) -> String {
        let names = names.iter().filter(|name| !name.is_empty()).map(|name| Argument::from(*name));
        self.joined(names.collect())
    }

    /// Like [`Self::listed`], of words of this catalogue.
    pub(super) fn listed_words(&self, words: &[String]) -> String {
        self.joined(words.iter().map(|word| Argument::words(word.as_str())).collect())
    }

    /// `By Ama Owusu, Kojo Antwi and Esi Boateng`; nothing for nobody.
    pub fn by(&self, names: &[&str]) -> String {
        let names: Vec<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
        match names.len() {
            0 => String::new(),
            n if n > BYLINES => {
                self.tell("by-many", &[("first", names[0].into()), ("second", names[1].into()), ("n", (n - 2).into())])
            }
            _ => self.tell("by", &[("names", Argument::words(self.listed(&names)))]),
        }
    }

    fn joined(&self, items: Vec<Argument<'_>>) -> String {
        let last = items.len().saturating_sub(1);
        let mut list = String::new();
        for (at, item) in items.into_iter().enumerate() {
            list = match at {
                0 => self.tell("list-first", &[("item", item)]),
                _ if at < last => self.tell("list-next", &[("list", Argument::words(list)), ("item", item)]),
                _ => self.tell("list-last", &[("list", Argument::words(list)), ("item", item)]),
            };
        }
        list
    }
}

/// `Every Friday`, from `every Friday`.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
