//! What is looked at before an edition goes out, without asking anybody: its size, its words, its pictures, and what is
//! known of its links.

use anyhow::Result;

use super::link_checks::links_known;
use super::{LinksKnown, Press};
use crate::composition::message::SizeVerdict;
use crate::composition::{Brief, Story};
use crate::store::Edition;

/// What an inbox on a phone shows of a subject before it cuts it.
const SUBJECT: usize = 60;

/// Words that filters count against a message, in English and French: promises of money, pressure, and what is sold by
/// strangers. A few are news; many together are a pattern.
const DISLIKED: [&str; 32] = [
    "act now",
    "argent facile",
    "casino",
    "cheap meds",
    "click here",
    "cliquez ici",
    "congratulations you",
    "dear friend",
    "double your",
    "earn extra cash",
    "free gift",
    "gagnez de l'argent",
    "gratuitement",
    "guaranteed income",
    "limited time offer",
    "lose weight",
    "lottery",
    "make money",
    "million dollars",
    "miracle",
    "no obligation",
    "offre limitée",
    "order now",
    "prize",
    "risk free",
    "risk-free",
    "sans engagement",
    "special promotion",
    "this is not spam",
    "viagra",
    "winner",
    "work from home",
];

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub is_well: bool,
    /// A sentence, without a full stop.
    pub text: String,
}

impl Finding {
    pub(super) fn well(text: impl Into<String>) -> Self {
        Self { is_well: true, text: text.into() }
    }

    pub(super) fn look(text: impl Into<String>) -> Self {
        Self { is_well: false, text: text.into() }
    }
}

/// An edition, looked over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookedOver {
    /// As it will stand.
    pub subject: String,
    pub findings: Vec<Finding>,
    pub links: LinksKnown,
}

impl Press {
    /// What can be said of an edition before it goes out. Without a story there is nothing to look at.
    pub fn look_over(&self, edition: &Edition) -> Result<LookedOver> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        // Before what is known is read: who ends meanwhile would have what was known before them taken for the end.
        let is_looking = self.is_looking(edition.id);
        let brief = self.store().read(|db| {
            let brief = self.brief_without(db, newsletter, edition, &[])?;
            brief.map(|brief| Ok((links_known(db, &brief, is_looking)?, brief))).transpose()
        })?;
        let Some(((of_links, links), brief)) = brief else {
            let findings = vec![Finding::look("There is no story in it yet")];
            return Ok(LookedOver { findings, ..LookedOver::default() });
        };
        let composed = self.composed(edition)?;
        let bytes = self.size_of(edition, &composed)?;
        let mut findings =
            vec![size(bytes), subject(&composed.subject), pictures(&brief), words(&composed.subject, &brief)];
        findings.extend(of_links);
        Ok(LookedOver { subject: composed.subject, findings, links })
    }
}

/// F9.
fn size(bytes: usize) -> Finding {
    let text = format!("{:.0} KB of HTML; Gmail cuts off what is over 102 KB", bytes as f64 / 1000.0);
    if SizeVerdict::of(bytes) == SizeVerdict::Fine { Finding::well(text) } else { Finding::look(text) }
}

fn subject(subject: &str) -> Finding {
    let length = subject.chars().count();
    let letters = subject.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = subject.chars().filter(|c| c.is_uppercase()).count();
    if letters > 8 && capitals * 3 > letters * 2 {
        Finding::look("The subject is in capitals, which filters and readers dislike")
    } else if subject.matches('!').count() > 1 {
        Finding::look("The subject has more than one exclamation mark")
    } else if length > SUBJECT {
        Finding::look(format!("The subject has {length} characters; phones cut it off after some {SUBJECT}"))
    } else {
        Finding::well(format!("The subject has {length} characters"))
    }
}

fn pictures(brief: &Brief) -> Finding {
    let is_silent = |story: &&Story| story.image.as_ref().is_some_and(|image| image.alt.is_empty());
    let silent: Vec<&str> = stories(brief).filter(is_silent).map(|story| story.headline.as_str()).collect();
    match silent.as_slice() {
        [] => Finding::well("Every picture has an alt text"),
        some => Finding::look(format!("No alt text for the picture of {}", some.join(" · "))),
    }
}

fn words(subject: &str, brief: &Brief) -> Finding {
    let mut text = subject.to_lowercase();
    for story in stories(brief) {
        text.push('\n');
        text.push_str(&story.headline.as_str().to_lowercase());
        text.push(' ');
        text.push_str(&story.standfirst.as_str().to_lowercase());
    }
    for paragraph in brief.intro.iter().flat_map(|intro| &intro.paragraphs) {
        text.push('\n');
        text.push_str(&paragraph.as_str().to_lowercase());
    }
    let is_word = |at: usize, word: &str| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    };
    let stands = |word: &&str| text.match_indices(*word).any(|(at, _)| is_word(at, word));
    let found: Vec<&str> = DISLIKED.into_iter().filter(stands).collect();
    match found.as_slice() {
        [] => Finding::well("No words that spam filters count against it"),
        some => Finding::look(format!("Spam filters count against it: {}", some.join(", "))),
    }
}

fn stories(brief: &Brief) -> impl Iterator<Item = &Story> {
    let of_sections = brief.sections.iter().flat_map(|section| &section.stories);
    [&brief.lead].into_iter().chain(&brief.stories).chain(of_sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_judged_by_length_capitals_and_noise() {
        assert!(subject("This week: rain, drums and a budget").is_well);
        for wrong in ["READ THIS NOW OR NEVER", "What a week!!", &"A long subject ".repeat(6)] {
            assert!(!subject(wrong).is_well, "{wrong}");
        }
        assert!(subject("UN talks").is_well, "an abbreviation is no shouting");
    }

    #[test]
    fn the_size_is_well_up_to_where_gmail_begins_to_cut() {
        assert!(size(60_000).is_well && !size(95_000).is_well && !size(110_000).is_well);
    }
}
