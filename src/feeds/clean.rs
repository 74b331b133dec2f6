//! From an entry to the draft of a story.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use url::Url;

use super::canonical_url::canonical_url;
use super::html::{paragraphs, sanitised};
use super::lead_image::lead_image;
use super::markup::escaped;
use super::prose::{MAX_STANDFIRST, count_words, ends_a_sentence, first_sentence, folded, opening, shortened};
use super::{Author, Entry, Image, Text, TextKind};

/// Longest headline, in characters; only mistakes are longer.
const MAX_HEADLINE: usize = 250;
/// Longest headline made of a text, in characters.
const MAX_MADE_HEADLINE: usize = 110;
/// Longest byline or tag, in characters.
const MAX_NAME: usize = 100;
/// Longest identity, in bytes.
const MAX_GUID: usize = 1_000;
/// How far a feed's clock may be ahead of ours.
const TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// How paragraphs begin that are no part of the story's own text.
const ASIDES: [&str; 6] = ["read also", "also read", "read more", "must read", "related:", "advertisement"];

/// An entry made presentable: everything a story is stored with, but for its platform and its place in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoryDraft {
    /// The feed's identity of the entry, else its canonical URL. Never empty.
    pub guid: String,
    /// Canonical: http or https, without tracking parameters and fragment.
    pub url: Url,
    /// Plain text on one line, never empty, at most 250 characters.
    pub headline: String,
    /// One or two sentences of plain text, at most 300 characters; may be empty.
    pub standfirst: String,
    /// Names, plain text.
    pub bylines: Vec<String>,
    /// The first of the tags.
    pub section: Option<String>,
    pub tags: Vec<String>,
    /// Never later than an hour after `now`; `None` where the feed does not say.
    pub published_at: Option<DateTime<Utc>>,
    /// Never before `published_at`.
    pub updated_at: Option<DateTime<Utc>>,
    pub image: Option<Image>,
    /// Number of comments.
    pub comments: Option<u32>,
    /// Sanitised HTML (rule H), URLs absolute: the content, else the summary.
    pub body: String,
    /// Words in `body`.
    pub words: u32,
}

/// Why an entry can't become a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("it has no link")]
    NoLink,
    #[error("its link is not an http or https URL")]
    BadLink,
    #[error("it has neither title nor text")]
    NoText,
}

/// Makes a story of an entry (rule H: feed HTML).
///
/// Dates more than an hour after `now` count as missing, and so do those before 1995, which are zeroes of some kind.
pub fn clean(entry: &Entry, now: DateTime<Utc>) -> Result<StoryDraft, Unusable> {
    let url = canonical_url(entry.url.as_deref().ok_or(Unusable::NoLink)?)?;
    let summary = entry.summary.as_ref().map(|text| html_of(text, &url)).unwrap_or_default();
    let body = entry.content.as_ref().map(|text| html_of(text, &url)).unwrap_or_default();
    let body = if body.is_empty() { summary.clone() } else { body };
    let body_paragraphs = paragraphs(&body);
    let title = entry.title.as_ref().map(|text| plain(text, &url)).unwrap_or_default();
    let standfirst = standfirst(&paragraphs(&summary), &body_paragraphs, &title);
    let (headline, standfirst) = if title.is_empty() {
        // The first sentence moves up; where it is too long for that, a part of it is repeated.
        let first = first_sentence(&standfirst);
        let headline = shortened(first, MAX_MADE_HEADLINE);
        let rest = if headline == first { standfirst[first.len()..].trim().to_owned() } else { standfirst };
        (headline, rest)
    } else {
        (shortened(&title, MAX_HEADLINE), standfirst)
    };
    if headline.is_empty() {
        return Err(Unusable::NoText);
    }
    let tags: Vec<String> = names(entry.tags.iter().map(|tag| folded(tag)).filter(|tag| tag != "Uncategorized"));
    let published_at = entry.published.or(entry.updated).and_then(|date| believable(date, now));
    let updated_at = entry.updated.and_then(|date| believable(date, now));
    let guid = entry.guid.as_deref().map(folded).filter(|guid| !guid.is_empty() && guid.len() <= MAX_GUID);
    Ok(StoryDraft {
        guid: guid.unwrap_or_else(|| url.to_string()),
        headline,
        standfirst,
        bylines: names(entry.authors.iter().filter_map(|author| byline(author, &url))),
        section: tags.first().cloned(),
        tags,
        published_at,
        updated_at: updated_at.filter(|updated| published_at.is_none_or(|published| *updated >= published)),
        image: lead_image(entry.image.as_ref(), &body),
        comments: entry.comments,
        words: body_paragraphs.iter().map(|paragraph| count_words(paragraph)).sum(),
        body,
        url,
    })
}

fn html_of(text: &Text, base: &Url) -> String {
    match text.kind {
        TextKind::Html => sanitised(&text.value, base).trim().to_owned(),
        TextKind::Plain => {
            let lines = text.value.lines().map(folded).filter(|line| !line.is_empty());
            lines.map(|line| format!("<p>{}</p>", escaped(&line))).collect()
        }
    }
}

fn plain(text: &Text, base: &Url) -> String {
    match text.kind {
        TextKind::Html => paragraphs(&sanitised(&text.value, base)).join(" "),
        TextKind::Plain => folded(&text.value),
    }
}

/// The opening of the summary, else of the body, without what repeats the title or leads away from the story.
fn standfirst(summary: &[String], body: &[String], title: &str) -> String {
    let opening_of = |paragraphs: &[String]| {
        let own = paragraphs.iter().map(|paragraph| without_feed_notes(paragraph));
        let is_own = |paragraph: &&str| !paragraph.is_empty() && *paragraph != title && !is_aside(paragraph);
        let own: Vec<&str> = own.filter(is_own).collect();
        // Lines that end in the middle of nothing are headings, labels, lists.
        let whole: Vec<&str> = own.iter().copied().filter(|paragraph| ends_a_sentence(paragraph)).collect();
        if whole.is_empty() {
            return opening(own.first().copied().unwrap_or_default(), MAX_STANDFIRST);
        }
        opening(&whole.join(" "), MAX_STANDFIRST)
    };
    let from_summary = opening_of(summary);
    if from_summary.is_empty() { opening_of(body) } else { from_summary }
}

/// A paragraph without what WordPress adds to a feed: `The post … appeared first on …`, `[…]`, `Continue reading`.
fn without_feed_notes(paragraph: &str) -> &str {
    let end = match paragraph.rfind("The post ") {
        Some(at)
            if paragraph[at..].contains(" appeared first on ") || paragraph[at..].contains(" first appeared on ") =>
        {
            at
        }
        _ => paragraph.len(),
    };
    let own = paragraph[..end].trim_end();
    let own = own.find("Continue reading").map_or(own, |at| &own[..at]).trim_end();
    let own = ["[…]", "[...]", "(more…)"].iter().find_map(|note| own.strip_suffix(note)).unwrap_or(own).trim_end();
    // An ellipsis after the end of a sentence says only that there is more.
    own.strip_suffix('…').filter(|own| ends_a_sentence(own)).unwrap_or(own)
}

fn is_aside(paragraph: &str) -> bool {
    let lower = paragraph.to_lowercase();
    ASIDES.iter().any(|aside| lower.starts_with(aside))
}

/// An author's name as it is printed; nothing for addresses and for the accounts that software makes.
fn byline(author: &Author, base: &Url) -> Option<String> {
    let name = plain(&Text::html(author.name.as_deref()?), base);
    let name = name.strip_prefix("By ").or_else(|| name.strip_prefix("by ")).unwrap_or(&name).trim();
    let is_account =
        matches!(name.to_lowercase().as_str(), "" | "admin" | "administrator" | "webmaster" | "editor" | "wordpress");
    (!is_account && !name.contains('@')).then(|| name.to_owned())
}

/// Each name once, in order, none too long.
fn names(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        let name = shortened(&name, MAX_NAME);
        if !name.is_empty() && !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

fn believable(date: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const FIRST_OF_1995: i64 = 788_918_400;
    (date <= now + TOLERANCE && date.timestamp() >= FIRST_OF_1995).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn entry() -> Entry {
        Entry {
            url: Some("https://Example.org/2026/cocoa?utm_source=rss&p=7#comments".into()),
            title: Some(Text::html("Ghana&#8217;s <i>cocoa</i> \n boom\u{202e}")),
            ..Entry::default()
        }
    }

    fn draft(entry: Entry) -> StoryDraft {
        clean(&entry, now()).unwrap()
    }

    #[test]
    fn makes_a_story_of_what_wordpress_publishes() {
        let story = draft(Entry {
            guid: Some("https://example.org/?p=7".into()),
            authors: vec![
                Author { name: Some("By Ama <b>Owusu</b>".into()), ..Author::default() },
                Author { name: Some("admin".into()), ..Author::default() },
                Author { email: Some("desk@example.org".into()), ..Author::default() },
            ],
            published: "2026-11-20T07:00:00Z".parse().ok(),
            summary: Some(Text::html(
                "<p>Prices rose again. Farmers in Ashanti say it&#8217;s too late. Nobody asked them. [&#8230;]</p>\n\
                 <p>The post <a href=\"x\">Ghana&#8217;s cocoa boom</a> appeared first on <a href=\"y\">F2F</a>.</p>",
            )),
            content: Some(Text::html(
                "<figure class=\"w\"><img src=\"/i-1024x768.jpg\" alt=\"Pods\" width=\"1024\" height=\"768\"><figcaption>Cocoa \
                 pods. Photo: Kofi Mensah.</figcaption></figure><p style=\"color:red\">READ ALSO: <a href=\"/z\">Z</a></p>\
                 <p onclick=\"x()\">Prices rose <a href=\"/why\">again</a>.</p><script>alert(1)</script>",
            )),
            tags: vec!["Uncategorized".into(), "Business".into(), "Business".into(), "Ghana".into()],
            comments: Some(3),
            ..entry()
        });
        assert_eq!(story.guid, "https://example.org/?p=7");
        assert_eq!(story.url.as_str(), "https://example.org/2026/cocoa?p=7");
        assert_eq!(story.headline, "Ghana’s cocoa boom");
        assert_eq!(story.standfirst, "Prices rose again. Farmers in Ashanti say it’s too late.");
        assert_eq!(story.bylines, ["Ama Owusu"]);
        assert_eq!((story.section.as_deref(), story.tags.len()), (Some("Business"), 2));
        assert_eq!(
            story.body,
            "<figure><img src=\"https://example.org/i-1024x768.jpg\" alt=\"Pods\" width=\"1024\" height=\"768\">\
             <figcaption>Cocoa pods. Photo: Kofi Mensah.</figcaption></figure><p>READ ALSO: <a href=\"https://example.org/z\">Z</a></p>\
             <p>Prices rose <a href=\"https://example.org/why\">again</a>.</p>"
        );
        let image = story.image.unwrap();
        assert_eq!((image.caption.as_deref(), image.credit.as_deref()), (Some("Cocoa pods."), Some("Kofi Mensah")));
        assert_eq!((story.words, story.comments), (11, Some(3)));
    }

    #[test]
    fn h_keeps_nothing_that_acts() {
        for html in [
            "<script>x</script>",
            "<style>x{}</style>",
            "<img src=x onerror=y>",
            "<a href=javascript:x>y</a>",
            "<iframe src=//x></iframe>",
            "<form action=x><input></form>",
            "<p style=x class=y id=z>",
            "<svg onload=x>",
            "<a href=\"data:text/html,x\">y</a>",
            "<base href=//x>",
            "<meta http-equiv=refresh>",
            "<link rel=x href=y>",
            "<a href='java\nscript:x'>y</a>",
            "<object data=x>",
            "<math><mi xlink:href=javascript:x>",
            "<img src='data:image/svg+xml,x'>",
            "<a href=&#106;avascript:x>y</a>",
        ] {
            let body = draft(Entry { content: Some(Text::html(html)), ..entry() }).body;
            let actors = [
                "script", "style", "on", "data:", "<iframe", "<form", "<input", "class", "id=", "<svg", "<base",
                "<meta", "<link", "<object", "<math",
            ];
            assert!(!actors.iter().any(|actor| body.contains(actor)), "{html} became {body}");
        }
        let body = draft(Entry {
            content: Some(Text::html("a&#x202E;b\u{2067}<img src=\"https://e.org/i\" alt=\"c\u{202e}\">")),
            ..entry()
        })
        .body;
        assert_eq!(body, "ab<img src=\"https://e.org/i\" alt=\"c\">");
    }

    #[test]
    fn makes_a_headline_and_a_standfirst_where_there_is_none() {
        let text = Text::plain("A line of <news>.\nAnother line, which is longer. A third.");
        let story = draft(Entry { title: None, content: Some(text), ..entry() });
        assert_eq!(story.headline, "A line of <news>.");
        assert_eq!(story.standfirst, "Another line, which is longer.");
        assert_eq!(story.body, "<p>A line of &lt;news&gt;.</p><p>Another line, which is longer. A third.</p>");
        let standfirst = |html: &str| draft(Entry { summary: Some(Text::html(html)), ..entry() }).standfirst;
        assert_eq!(standfirst("<p>Ghana’s cocoa boom</p><p>It goes on.</p>"), "It goes on.");
        assert_eq!(standfirst("<h4>A heading</h4><p>It goes on.…</p>"), "It goes on.");
        assert_eq!(standfirst("One line<br>and no end"), "One line");
    }

    #[test]
    fn refuses_what_has_no_link_or_no_text() {
        assert_eq!(clean(&Entry { url: None, ..entry() }, now()), Err(Unusable::NoLink));
        assert_eq!(clean(&Entry { url: Some("javascript:x".into()), ..entry() }, now()), Err(Unusable::BadLink));
        assert_eq!(clean(&Entry { title: Some(Text::html("<b></b>")), ..entry() }, now()), Err(Unusable::NoText));
    }

    #[test]
    fn believes_no_date_of_the_future_or_of_year_zero() {
        let dates = |published: &str, updated: &str| {
            let story = draft(Entry { published: published.parse().ok(), updated: updated.parse().ok(), ..entry() });
            (story.published_at.map(|date| date.timestamp()), story.updated_at.map(|date| date.timestamp()))
        };
        let at = |text: &str| text.parse::<DateTime<Utc>>().ok().map(|date| date.timestamp());
        assert_eq!(dates("2026-11-23T12:59:00Z", ""), (at("2026-11-23T12:59:00Z"), None));
        assert_eq!(dates("2026-11-23T13:01:00Z", ""), (None, None));
        assert_eq!(dates("1970-01-01T00:00:00Z", ""), (None, None));
        assert_eq!(dates("", "2026-11-20T00:00:00Z"), (at("2026-11-20T00:00:00Z"), at("2026-11-20T00:00:00Z")));
        assert_eq!(dates("2026-11-20T00:00:00Z", "2026-11-19T00:00:00Z"), (at("2026-11-20T00:00:00Z"), None));
    }

    #[test]
    fn takes_the_url_for_identity_where_there_is_no_better() {
        assert_eq!(draft(entry()).guid, "https://example.org/2026/cocoa?p=7");
        assert_eq!(
            draft(Entry { guid: Some("x".repeat(2_000)), ..entry() }).guid,
            "https://example.org/2026/cocoa?p=7"
        );
    }
}
