//! The letter that tells an editor that a draft is ready.

use askama::Template;

use super::letter::page;
use super::publisher::{Newsletter, Publisher};
use super::theme::Theme;
use super::{Composed, Page, Plain, WebUrl, rendered, text, words};

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

#[derive(Template)]
#[template(path = "notice/subject.txt")]
struct NoticeSubject<'a> {
    letter: &'a DraftNotice,
}

#[derive(Template)]
#[template(path = "notice/body.html")]
struct NoticeHtml<'a> {
    page: Page<'a>,
    letter: &'a DraftNotice,
}

#[derive(Template)]
#[template(path = "notice/body.txt")]
struct NoticeText<'a> {
    page: Page<'a>,
    letter: &'a DraftNotice,
}

impl DraftNotice {
    pub fn compose(&self) -> Composed {
        let subject = rendered(&NoticeSubject { letter: self }).trim_end().to_owned();
        let page = page(&subject, &self.sentence(), &self.publisher, &self.newsletter, &self.theme);
        Composed {
            preheader: page.preheader.clone(),
            html: text::tighten(&rendered(&NoticeHtml { page: page.clone(), letter: self })),
            text: text::set(&rendered(&NoticeText { page, letter: self })),
            subject,
        }
    }

    /// `The draft is ready: 10 stories, goes out Fri 7 Nov 2026 08:00 Africa/Accra unless you stop it.`
    fn sentence(&self) -> String {
        let Self { goes_out, needed, .. } = self;
        let many = self.many();
        if self.stories.len() < *needed {
            format!("The draft has {many} and needs {needed}: without more by {goes_out} nothing goes out.")
        } else if self.waits {
            format!("The draft is ready: {many}. It waits for you: approved, it goes out {goes_out}.")
        } else {
            format!("The draft is ready: {many}, goes out {goes_out} unless you change or stop it.")
        }
    }

    fn many(&self) -> String {
        match self.stories.len() {
            1 => "1 story".to_owned(),
            many => format!("{many} stories"),
        }
    }

    /// What to type, and what it does.
    fn commands(&self) -> Vec<(String, &'static str)> {
        let edition = &self.edition;
        let mut commands = vec![
            (format!("griot preview {edition} --html draft.html"), "looks at it"),
            (format!("griot draft {}", edition.as_str().split('/').next().unwrap_or_default()), "makes it again"),
            ("griot story pin ID --at 1".to_owned(), "makes a story the lead"),
            ("griot story drop ID".to_owned(), "takes a story out"),
            (format!("griot edition edit {edition} --subject TEXT --intro TEXT"), "changes its own words"),
        ];
        if self.waits {
            commands.push((format!("griot approve {edition}"), "lets it go out"));
        }
        commands.push((format!("griot edition cancel {edition}"), "stops it for good"));
        commands
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
            },
            theme: Theme::new(crate::config::Colour::parse("#b3261e").unwrap(), None),
            newsletter: Newsletter { name: plain("The Weekly Brief"), cadence: crate::config::Cadence::Monthly },
            edition: plain("weekly-brief/12"),
            subject: plain("A & B"),
            goes_out: plain("Fri 7 Nov 2026 08:00 Africa/Accra"),
            waits: false,
            needed: 1,
            stories: vec![story],
        };
        // The text is wrapped; its words are what counts.
        let words = |composed: &Composed| composed.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let composed = letter.compose();
        let text = words(&composed);
        assert!(text.contains("goes out Fri 7 Nov 2026 08:00 Africa/Accra unless you change or stop it."), "{text}");
        assert!(!text.contains("griot approve"), "{text}");
        assert!(composed.html.contains("A &#38; B"), "{}", composed.html);
        let waiting = words(&DraftNotice { waits: true, ..letter.clone() }.compose());
        assert!(waiting.contains("It waits for you") && waiting.contains("griot approve weekly-brief/12"), "{waiting}");
        let empty = words(&DraftNotice { stories: Vec::new(), needed: 3, ..letter }.compose());
        assert!(empty.contains("has 0 stories and needs 3"), "{empty}");
    }
}
