//! What the elements of RSS, RDF, Atom and CDF mean.

use chrono::{DateTime, Utc};

use super::date::parse_date;
use super::element::Element;
use super::markup::{Rules, read_text};
use super::media::read_image;
use super::vocabulary::Vocabulary::{Content, Core, DcTerms, DublinCore, Itunes, Media, Slash, Thread, Xhtml};
use super::{Author, Entry, Format, Text};

/// Most categories kept of one entry; more is spam.
const MAX_TAGS: usize = 50;
/// Most authors kept of one entry.
const MAX_AUTHORS: usize = 20;
/// Longest name, address or URL of an author, in bytes: all entries of a feed may share it.
const MAX_AUTHOR: usize = 500;

/// Reads an `item` or `entry`.
pub fn read_entry(element: &Element, format: Format) -> Entry {
    let guid = read_guid(element);
    let (summary, content) = read_bodies(element, format);
    let (published, updated) = read_dates(element);
    Entry {
        url: read_link(element).or_else(|| permalink(element)),
        title: read_title(element, format),
        authors: read_authors(element),
        published,
        updated,
        summary,
        content,
        image: read_image(element),
        tags: read_tags(element),
        comments: read_comments(element),
        guid,
    }
}

fn rules_of(format: Format, in_rss: Rules) -> Rules {
    match format {
        Format::Atom => Rules::Atom,
        Format::Atom03 => Rules::Atom03,
        Format::Rss | Format::Rdf | Format::Cdf | Format::Json | Format::NewsSitemap => in_rss,
    }
}

/// Reads the title of a feed or an entry.
pub fn read_title(element: &Element, format: Format) -> Option<Text> {
    let rules = rules_of(format, Rules::RssTitle);
    let titled =
        |vocabulary| element.elements().filter(move |e| e.is(vocabulary, "title")).find_map(|e| read_text(e, rules));
    let in_group = || titled_group(element, rules);
    titled(Core).or_else(|| titled(DublinCore)).or_else(|| titled(Media)).or_else(in_group)
}

fn titled_group(element: &Element, rules: Rules) -> Option<Text> {
    read_text(element.child(Media, "group")?.child(Media, "title")?, rules)
}

fn read_guid(element: &Element) -> Option<String> {
    let named = |name| element.child(Core, name).and_then(Element::text);
    let about = || element.attribute("about").map(str::to_owned);
    let guid = named("guid").or_else(|| named("id")).or_else(about)?;
    // A path is no identity anywhere but on its site.
    Some(if guid.starts_with('/') { element.resolve(&guid) } else { guid })
}

/// The page an element belongs to.
///
/// Of Atom's links the alternate one, HTML before anything else (RFC 4287 §4.2.7.2); RSS has one that is plain text.
pub fn read_link(element: &Element) -> Option<String> {
    let links = element.elements().filter(|child| child.is(Core, "link") || child.is(Core, "a"));
    let mut best: Option<(u8, String)> = None;
    for link in links {
        let rank = match (link.attribute("rel"), link.attribute("type")) {
            (Some(rel), _) if !rel.eq_ignore_ascii_case("alternate") => continue,
            (_, Some("text/html")) => 0,
            (_, None) => 1,
            (_, Some("application/xhtml+xml")) => 2,
            (_, Some(_)) => 3,
        };
        let url = link.attribute("href").map(str::to_owned).or_else(|| link.text());
        let url = url.or_else(|| link.attribute("resource").map(str::to_owned));
        if let Some(url) = url.filter(|_| best.as_ref().is_none_or(|(found, _)| rank < *found)) {
            best = Some((rank, link.resolve(&url)));
        }
    }
    // CDF has it in an attribute.
    best.map(|(_, url)| url).or_else(|| element.attribute("href").map(|url| element.resolve(url)))
}

/// RSS's guid, where it is a URL and not said to be none (RSS 2.0, "guid"); RDF's name of the item.
fn permalink(element: &Element) -> Option<String> {
    let guid = element
        .child(Core, "guid")
        .filter(|guid| guid.attribute("ispermalink").is_none_or(|value| !value.eq_ignore_ascii_case("false")));
    let url = guid.and_then(Element::text).or_else(|| element.attribute("about").map(str::to_owned))?;
    // `12345` would resolve too, but to no page.
    let is_url = ["http://", "https://", "/"].iter().any(|start| url.starts_with(start));
    is_url.then(|| element.resolve(&url))
}

/// Summary and content. The first of RSS's two or three texts is the summary, unless one says that it is the whole.
fn read_bodies(element: &Element, format: Format) -> (Option<Text>, Option<Text>) {
    let rules = rules_of(format, Rules::RssBody);
    let (mut summary, mut content, mut fallback) = (None, None, None);
    for child in element.elements() {
        let text = || read_text(child, rules);
        match (child.vocabulary, child.name.as_str()) {
            (Core, "description" | "summary" | "abstract") => match summary {
                None => summary = text(),
                Some(_) => content = content.or_else(text),
            },
            (Content, "encoded") | (Core, "content" | "fullitem" | "body") | (Xhtml, "body" | "div") => {
                content = content.or_else(text)
            }
            (DublinCore | Media, "description") | (Itunes, "summary" | "subtitle") | (DcTerms, "abstract") => {
                fallback = fallback.or_else(text);
            }
            (Media, "group") => fallback = fallback.or_else(|| read_text(child.child(Media, "description")?, rules)),
            _ => {}
        }
    }
    (summary.or(fallback), content)
}

/// Published and updated. Of several the last counts, as in the feeds that append a new one.
fn read_dates(element: &Element) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let (mut published, mut updated, mut created, mut dated) = (None, None, None, None);
    for child in element.elements() {
        let place = match (child.vocabulary, child.name.as_str()) {
            (Core, "pubdate" | "published" | "issued") | (DcTerms, "issued") => &mut published,
            (Core, "updated" | "modified" | "lastmod" | "lastbuilddate") | (DcTerms, "modified") => &mut updated,
            (Core, "created") | (DcTerms, "created") => &mut created,
            (DublinCore | Core | DcTerms, "date") => &mut dated,
            _ => continue,
        };
        *place = child.text().and_then(|text| parse_date(&text)).or(*place);
    }
    let last_modified = || element.attribute("lastmod").and_then(parse_date);
    (published.or(created).or(dated), updated.or(dated).or_else(last_modified))
}

/// Who wrote an entry or, by Atom, all entries of a feed.
pub fn read_authors(element: &Element) -> Vec<Author> {
    let with = |is_wanted: fn(&Element) -> bool| -> Vec<Author> {
        element.elements().filter(|child| is_wanted(child)).filter_map(read_author).collect()
    };
    let authors = with(|e| e.is(Core, "author") || e.is(DublinCore, "creator") || e.is(DublinCore, "author"));
    let authors = if authors.is_empty() { with(|e| e.is(Itunes, "author")) } else { authors };
    distinct_authors(authors)
}

/// Each author once, and only such as can be a byline.
pub fn distinct_authors(authors: impl IntoIterator<Item = Author>) -> Vec<Author> {
    let mut distinct: Vec<Author> = Vec::new();
    for author in authors {
        let is_plausible = author != Author::default()
            && [&author.name, &author.email, &author.url].into_iter().flatten().all(|text| text.len() <= MAX_AUTHOR);
        if is_plausible && distinct.len() < MAX_AUTHORS && !distinct.contains(&author) {
            distinct.push(author);
        }
    }
    distinct
}

fn read_author(element: &Element) -> Option<Author> {
    if !element.has_elements() {
        return element.text().map(|text| named_author(&text));
    }
    let named = |names: &[&str]| {
        let child = element.elements().find(|child| names.contains(&child.name.as_str()))?;
        Some((child, child.text()?))
    };
    let name = named(&["name"]).or_else(|| named(&["value"])).map(|(_, name)| name);
    let author = Author {
        name,
        email: named(&["email"]).map(|(_, email)| email),
        url: named(&["uri", "url", "homepage"]).map(|(child, url)| child.resolve(&url)),
    };
    if author == Author::default() { element.text().map(|text| named_author(&text)) } else { Some(author) }
}

/// `ada@example.org (Ada)`, `Ada <ada@example.org>`, `Ada (ada@example.org)`, `ada@example.org`, `Ada`.
fn named_author(text: &str) -> Author {
    let two_parts = text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
        .or_else(|| text.strip_suffix('>').and_then(|text| text.rsplit_once('<')));
    let (one, other) = two_parts.map_or((text, ""), |(one, other)| (one.trim(), other.trim()));
    let is_email = |text: &str| text.contains('@') && !text.contains(char::is_whitespace);
    let (email, name) = match (is_email(one), is_email(other)) {
        (true, _) => (one, other),
        (false, true) => (other, one),
        (false, false) => ("", text),
    };
    let filled = |text: &str| Some(text.trim_matches('"').to_owned()).filter(|text| !text.is_empty());
    Author { name: filled(name), email: filled(email.trim_start_matches("mailto:")), url: None }
}

fn read_tags(element: &Element) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for child in element.elements() {
        let names: Vec<String> = match (child.vocabulary, child.name.as_str()) {
            (Core, "category") => {
                let named = || child.attribute("label").or_else(|| child.attribute("term")).map(str::to_owned);
                named().or_else(|| child.text()).into_iter().collect()
            }
            (DublinCore, "subject") | (Media, "category") => child.text().into_iter().collect(),
            (Core, "tags") | (Itunes | Media, "keywords") => {
                child.text().unwrap_or_default().split(',').take(MAX_TAGS).map(str::to_owned).collect()
            }
            _ => continue,
        };
        for name in names {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            if !name.is_empty() && tags.len() < MAX_TAGS && !tags.contains(&name) {
                tags.push(name);
            }
        }
    }
    tags
}

fn read_comments(element: &Element) -> Option<u32> {
    let counted = |vocabulary, name| element.child(vocabulary, name)?.text()?.parse().ok();
    let replies = || {
        let is_replies = |link: &&Element| link.is(Core, "link") && link.attribute("rel") == Some("replies");
        element.elements().find(is_replies)?.attribute("count")?.parse().ok()
    };
    counted(Slash, "comments").or_else(|| counted(Thread, "total")).or_else(replies)
}
