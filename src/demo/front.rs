//! The demo's front page: what just happened, the brief at two widths, where to look, what to try.
//!
//! Owns: the page at `/` and its words. Leaves out: the facts, which the demo hands over once the edition is sent.

use std::sync::{Arc, OnceLock};

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::inbox::Inbox;
use super::page::page;

/// What the front page tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// "Harmattan Press".
    pub publisher: String,
    /// "The Weekly Brief".
    pub newsletter: String,
    /// "weekly-brief/1".
    pub edition: String,
    pub subject: String,
    pub stories: usize,
    pub platforms: usize,
    /// The stories in their order.
    pub picks: Vec<Chosen>,
    pub must_read: Vec<Chosen>,
    /// Headlines under the lead.
    pub read_also: Vec<String>,
    pub accepted: usize,
    /// Readers who did not get it for whatever reason.
    pub not_accepted: usize,
    /// From the first delivery to the last.
    pub seconds: f64,
    /// Pages of the running griot, in the order they are shown; the feeds and the inbox are added.
    pub pages: Vec<Link>,
    pub commands: Vec<Command>,
}

/// A story with why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub headline: String,
    /// Whole sentences.
    pub reasons: String,
}

impl Chosen {
    pub fn new(headline: &str, reasons: String) -> Self {
        Self { headline: headline.to_owned(), reasons }
    }
}

/// A page worth a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub url: String,
    /// What is to be seen there, as half a sentence.
    pub about: String,
}

/// Something to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub line: String,
    pub about: String,
}

#[derive(Template)]
#[template(path = "demo/front.html")]
struct FrontPage<'a> {
    facts: &'a Facts,
    messages: Vec<Recipient>,
    /// The message in the frames.
    framed: Option<u64>,
}

struct Recipient {
    number: u64,
    name: String,
}

#[derive(Template)]
#[template(path = "demo/under-way.html")]
struct UnderWay;

/// The front page; until the facts are there it says so and asks again every second.
pub fn router(facts: Arc<OnceLock<Facts>>, inbox: Inbox) -> Router {
    Router::new().route("/", get(show)).with_state((facts, inbox))
}

async fn show(State((facts, inbox)): State<(Arc<OnceLock<Facts>>, Inbox)>) -> Response {
    let Some(facts) = facts.get() else {
        return page(&UnderWay);
    };
    let mut messages: Vec<Recipient> = inbox.messages().iter().map(|message| Recipient::of(message)).collect();
    messages.reverse();
    page(&FrontPage { facts, framed: messages.first().map(|message| message.number), messages })
}

impl Recipient {
    fn of(message: &super::inbox::Message) -> Self {
        Self { number: message.number, name: message.envelope.to.join(", ") }
    }
}

impl Facts {
    fn headline(&self) -> String {
        let stories = counted(self.stories, "story", "stories");
        let platforms = counted(self.platforms, "platform", "platforms");
        let readers = counted(self.accepted, "reader", "readers");
        format!("A brief of {stories} from {platforms} went to {readers}")
    }

    fn remainder(&self) -> Option<String> {
        (self.not_accepted > 0)
            .then(|| format!("{} did not get it.", sentence(&counted(self.not_accepted, "reader", "readers"))))
    }

    fn duration(&self) -> String {
        match self.seconds {
            seconds if seconds < 1.0 => "less than a second".into(),
            seconds => format!("{seconds:.1} seconds"),
        }
    }
}

/// Small numbers as words, as print has it.
fn counted(count: usize, one: &str, many: &str) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let number = WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned());
    format!("{number} {}", if count == 1 { one } else { many })
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            publisher: "P".into(),
            newsletter: "N".into(),
            edition: "n/1".into(),
            subject: "S".into(),
            stories: 10,
            platforms: 3,
            picks: Vec::new(),
            must_read: Vec::new(),
            read_also: Vec::new(),
            accepted: 25,
            not_accepted: 0,
            seconds: 0.4,
            pages: Vec::new(),
            commands: Vec::new(),
        }
    }

    #[test]
    fn the_headline_reads_as_a_sentence() {
        assert_eq!(facts().headline(), "A brief of ten stories from three platforms went to 25 readers");
        let small = Facts { stories: 1, platforms: 1, accepted: 0, ..facts() };
        assert_eq!(small.headline(), "A brief of one story from one platform went to no readers");
    }

    #[test]
    fn nobody_left_out_is_passed_over() {
        assert_eq!(facts().remainder(), None);
        let some = Facts { not_accepted: 1, ..facts() };
        assert_eq!(some.remainder().as_deref(), Some("One reader did not get it."));
        assert_eq!(facts().duration(), "less than a second");
        assert_eq!(Facts { seconds: 2.34, ..facts() }.duration(), "2.3 seconds");
    }
}
