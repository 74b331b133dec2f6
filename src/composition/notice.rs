//! The letter that tells an editor that a draft is ready.

use serde::Serialize;

use super::letter::{self, Letter};
use super::letterhead::Letterhead;
use super::phrases::label;
use super::publisher::{Newsletter, Publisher};
use super::theme::Theme;
use super::{Composed, Plain, WebUrl};
use crate::catalogue::Catalogue;
use crate::templates::{Sample, Templates};

/// Tells an editor what is about to go out, when, and how to change it.
#[derive(Debug, Clone)]
pub struct DraftNotice {
    pub publisher: Publisher,
    pub theme: Theme,
    pub newsletter: Newsletter,
    /// As commands take it: `weekly-brief/12`.
    pub edition: Plain,
    /// The subject as it stands; empty where there is no story.
    pub subject: Plain,
    /// `Fri 7 Nov 2026 08:00 Africa/Accra`.
    pub goes_out: Plain,
    /// It waits for an approval; else it goes out unless somebody stops it.
    pub waits: bool,
    /// With fewer stories it does not go out.
    pub needed: usize,
    /// The lead first.
    pub stories: Vec<NoticeStory>,
    /// English, whatever the newsletter is written in: editors read the command line too.
    pub words: Catalogue,
}

/// A story of the draft.
#[derive(Debug, Clone)]
pub struct NoticeStory {
    /// As commands take it.
    pub id: i64,
    pub headline: Plain,
    pub url: WebUrl,
    pub platform: Plain,
    /// Why it is in, a sentence each.
    pub reasons: Vec<Plain>,
}

letter::templates!("notice/subject.txt", "notice/body.html", "notice/body.txt": NoticeView);

#[derive(Clone, Debug, Serialize)]
struct NoticeView {
    sentence: String,
    /// Empty where there is no story.
    subject: String,
    stories: Vec<StoryView>,
    commands: Vec<CommandView>,
}

#[derive(Clone, Debug, Serialize)]
struct StoryView {
    /// " 1. "
    label: String,
    headline: String,
    url: String,
    platform: String,
    /// "story 7"
    name: String,
    reasons: Vec<String>,
}

/// What to type, and what it does.
#[derive(Clone, Debug, Serialize)]
struct CommandView {
    typed: String,
    does: String,
}

impl DraftNotice {
    pub fn compose(&self, templates: &Templates) -> Composed {
        self.letter().compose(templates)
    }

    /// What a publisher's templates are tried with.
    pub(super) fn samples(&self) -> Vec<Sample> {
        self.letter().samples()
    }

    fn letter(&self) -> Letter<Subject, Html, Text> {
        let (subject, sentence) = self.tidings();
        let page = Letterhead::new(subject, &sentence, &self.publisher, &self.newsletter, &self.theme);
        let story = |(at, story): (usize, &NoticeStory)| StoryView {
            label: label(at + 1),
            headline: story.headline.to_string(),
            url: story.url.to_string(),
            platform: story.platform.to_string(),
            name: self.words.tell("notice-story", &[("id", story.id.into())]),
            reasons: story.reasons.iter().map(ToString::to_string).collect(),
        };
        let view = NoticeView {
            sentence,
            subject: self.subject.to_string(),
            stories: self.stories.iter().enumerate().map(story).collect(),
            commands: self.commands(),
        };
        letter(&self.words, page, view)
    }

    /// The subject, and a sentence: `The draft is ready: 10 stories, goes out Fri 7 Nov 2026 08:00 Africa/Accra unless you
    /// stop it.`
    fn tidings(&self) -> (String, String) {
        let n = ("n", self.stories.len().into());
        let when = ("when", self.goes_out.as_str().into());
        let name = [
            n.clone(),
            ("newsletter", self.newsletter.name.as_str().into()),
            ("edition", self.edition.as_str().into()),
        ];
        let words = &self.words;
        if self.stories.len() < self.needed {
            let sentence = words.tell("notice-says-too-few", &[n, when, ("needed", self.needed.into())]);
            (words.tell("notice-too-few", &name), sentence)
        } else if self.waits {
            (words.tell("notice-waits", &name), words.tell("notice-says-waits", &[n, when]))
        } else {
            (words.tell("notice-ready", &name), words.tell("notice-says-ready", &[n, when]))
        }
    }

    fn commands(&self) -> Vec<CommandView> {
        let (edition, words) = (&self.edition, &self.words);
        let newsletter = edition.as_str().split('/').next().unwrap_or_default();
        let mut commands = vec![
            (format!("griot preview {edition} --html draft.html"), words.say("notice-looks")),
            (format!("griot draft {newsletter}"), words.say("notice-makes-again")),
            ("griot story pin ID --at 1".to_owned(), words.say("notice-pins")),
            ("griot story drop ID".to_owned(), words.say("notice-drops")),
            (format!("griot edition edit {edition} --subject TEXT --intro TEXT"), words.say("notice-edits")),
        ];
        if self.waits {
            commands.push((format!("griot approve {edition}"), words.say("notice-approves")));
        }
        commands.push((format!("griot edition cancel {edition}"), words.say("notice-cancels")));
        commands.into_iter().map(|(typed, does)| CommandView { typed, does }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_happens_when_nobody_does_anything() {
        let plain = |text: &str| Plain::new(text);
        let url = WebUrl::parse("https://harmattan.example").unwrap();
        let story = NoticeStory {
            id: 7,
            headline: plain("A & B"),
            url: url.clone(),
            platform: plain("Harmattan"),
            reasons: vec![plain("Lead of the week.")],
        };
        let letter = DraftNotice {
            publisher: Publisher {
                name: plain("Harmattan Press"),
                tagline: Plain::default(),
                website: url,
                postal_address: plain("1 Example Street, Accra"),
                logo: None,
                language: plain("en"),
                direction: crate::config::Direction::Ltr,
                words: Catalogue::english(),
            },
            theme: Theme::new(crate::config::Colour::parse("#b3261e").unwrap(), None),
            newsletter: Newsletter { name: plain("The Weekly Brief"), cadence: crate::config::Cadence::Monthly },
            edition: plain("weekly-brief/12"),
            subject: plain("A & B"),
            goes_out: plain("Fri 7 Nov 2026 08:00 Africa/Accra"),
            waits: false,
            needed: 1,
            stories: vec![story],
            words: Catalogue::english(),
        };
        // The text is wrapped; its words are what counts.
        let words = |composed: &Composed| composed.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let composed = letter.compose(&Templates::builtin());
        let text = words(&composed);
        assert!(text.contains("goes out Fri 7 Nov 2026 08:00 Africa/Accra unless you change or stop it."), "{text}");
        assert!(!text.contains("griot approve"), "{text}");
        assert!(composed.html.contains("A &#38; B"), "{}", composed.html);
        let waiting = words(&DraftNotice { waits: true, ..letter.clone() }.compose(&Templates::builtin()));
        assert!(waiting.contains("It waits for you") && waiting.contains("griot approve weekly-brief/12"), "{waiting}");
        let empty = words(&DraftNotice { stories: Vec::new(), needed: 3, ..letter }.compose(&Templates::builtin()));
        assert!(empty.contains("has 0 stories and needs 3"), "{empty}");
    }
}
