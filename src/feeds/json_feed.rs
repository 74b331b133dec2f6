//! JSON Feed 1.0 and 1.1 (jsonfeed.org), its members taken for what they are and passed over where they are not.

use serde_json::Value;
use url::Url;

use super::date::parse_date;
use super::element::resolve;
use super::entry::distinct_authors;
use super::markup::mend_html;
use super::parse::MAX_ENTRIES;
use super::{Author, Entry, Feed, Format, Image, ParseError, Text};

/// Values in a document, ▲; each costs some hundred bytes of memory, however short it is. The depth is bounded by serde_json.
const MAX_VALUES: usize = 200_000;
/// Most tags kept of one item.
const MAX_TAGS: usize = 50;

/// Reads a JSON Feed; unlike XML, JSON that breaks off gives nothing.
pub fn parse_json(text: &str, base: Option<&Url>) -> Result<Feed, ParseError> {
    // Commas inside of texts count too: at worst that refuses a feed of millions of words.
    if text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > MAX_VALUES {
        return Err(ParseError::TooManyElements(MAX_VALUES));
    }
    let document: Value = serde_json::from_str(text).map_err(|e| ParseError::NotAFeed(format!("broken JSON, {e}")))?;
    let Some(items) = document.get("items").and_then(Value::as_array) else {
        return Err(ParseError::NotAFeed("JSON without a list of items".to_owned()));
    };
    let authors = read_authors(&document);
    Ok(Feed {
        format: Format::Json,
        title: text_of(&document, "title").map(Text::plain),
        link: text_of(&document, "home_page_url").map(|url| resolve(&url, base)),
        language: text_of(&document, "language"),
        entries: items.iter().take(MAX_ENTRIES).map(|item| read_item(item, &authors, base)).collect(),
    })
}

fn read_item(item: &Value, feed_authors: &[Author], base: Option<&Url>) -> Entry {
    let text = |name| text_of(item, name);
    let html = text("content_html").map(|html| Text::html(mend_html(&html, base)));
    let authors = read_authors(item);
    let tags = item.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    Entry {
        guid: text("id"),
        url: text("url").or_else(|| text("external_url")).map(|url| resolve(&url, base)),
        title: text("title").map(Text::plain),
        authors: if authors.is_empty() { feed_authors.to_vec() } else { authors },
        published: text("date_published").and_then(|date| parse_date(&date)),
        updated: text("date_modified").and_then(|date| parse_date(&date)),
        summary: text("summary").map(Text::plain),
        content: html.or_else(|| text("content_text").map(Text::plain)),
        image: text("image")
            .or_else(|| text("banner_image"))
            .map(|url| Image { url: resolve(&url, base), ..Image::default() }),
        tags: tags.take(MAX_TAGS).map(str::to_owned).collect(),
        comments: None,
    }
}

/// Version 1.1 has `authors`, version 1.0 one `author`.
fn read_authors(holder: &Value) -> Vec<Author> {
    let several = holder.get("authors").and_then(Value::as_array).into_iter().flatten();
    let one = holder.get("author").into_iter();
    distinct_authors(several.chain(one).map(|person| Author {
        name: text_of(person, "name"),
        email: None,
        url: text_of(person, "url"),
    }))
}

/// A member that is a text, or a number where version 1.0 asks for a text; not if it is empty.
fn text_of(holder: &Value, name: &str) -> Option<String> {
    let text = match holder.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}
