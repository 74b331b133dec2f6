use std::io::{self, BufRead};
use std::ops::ControlFlow;

use super::api::plain;
use super::classic::as_shown;
use super::pieces::{Piece, Pieces};
use super::utf16::searchable;
use crate::feeds::charset::{declared_in, decode};
use crate::feeds::date::parse_date;
use crate::feeds::element::Element;
use crate::feeds::entry::read_entry;
use crate::feeds::reference::unescape;
use crate::feeds::vocabulary::Vocabulary::{Content, Core, WordPress, WordPressExcerpt};
use crate::feeds::xml::{Piece as Part, read_pieces};
use crate::feeds::{Entry, Format, Image, Text};

/// Longest text of a post that is looked at, in bytes: twice what is kept of one.
const MAX_TEXT: usize = 256 * 1024;
/// Longest start tag of the root that is believed.
const MAX_ROOT: usize = 16 * 1024;
/// The root where it is too long: the customary prefixes are known without it.
const BARE_ROOT: &str = "<rss>";

/// An export file of WordPress (WXR 1.0 to 1.2), read post by post.
pub struct Export {
    pieces: Pieces<Box<dyn BufRead>>,
    content_type: Option<String>,
    /// What stands around each piece, so that it can be read by itself.
    root: String,
    /// Of the item that is being read, those that readers see.
    comments: u32,
}

/// What an export holds.
#[derive(Debug)]
pub enum Exported {
    Post(Box<Post>),
    Picture(Box<Picture>),
    /// A login, and the name that goes with it.
    Author {
        login: String,
        name: String,
    },
    /// No story of the site: a page, a draft, a menu. In a word or two, plural.
    LeftOut(String),
    /// With what it is about, and why it cannot be read.
    Unreadable(String, String),
}

/// A published post.
#[derive(Debug)]
pub struct Post {
    /// `post 123`, or its title where it has no number.
    pub name: String,
    /// Its authors are logins, and it has no picture.
    pub entry: Entry,
    /// The id of its lead picture.
    pub picture: Option<u64>,
}

/// An attachment that is a picture.
#[derive(Debug)]
pub struct Picture {
    pub id: u64,
    pub image: Image,
}

impl Export {
    /// Reads on to the export's root; `None` where the bytes are no export of WordPress.
    pub fn open(bytes: impl BufRead + 'static) -> io::Result<Option<Self>> {
        let mut bytes = searchable(bytes)?;
        let encoding = declared_in(bytes.fill_buf()?);
        let Some(pieces) = Pieces::open(bytes)? else { return Ok(None) };
        let content_type = encoding.map(|encoding| format!("text/xml; charset={}", encoding.name()));
        let root = decode(&pieces.root, None).into_owned();
        if !root.contains("wordpress.org/export/") {
            return Ok(None);
        }
        let root = if root.len() > MAX_ROOT { BARE_ROOT.to_owned() } else { root };
        Ok(Some(Self { pieces, content_type, root: format!("{root}<channel>"), comments: 0 }))
    }

    /// The next of what it holds; `None` at its end.
    pub fn next_exported(&mut self) -> io::Result<Option<Exported>> {
        loop {
            let exported = match self.pieces.next_piece()? {
                None => return Ok(None),
                Some(Piece::Comment(bytes)) => {
                    let is_shown = self.element(&bytes).is_ok_and(|comment| is_shown(&comment));
                    self.comments = self.comments.saturating_add(is_shown.into());
                    continue;
                }
                Some(Piece::Author(bytes)) => self.element(&bytes).ok().and_then(|element| author(&element)),
                Some(Piece::Item(bytes)) => {
                    let comments = std::mem::take(&mut self.comments);
                    match self.element(&bytes) {
                        Ok(item) => Some(exported(&item, comments)),
                        Err(reason) => Some(Exported::Unreadable(title_in(&bytes), reason)),
                    }
                }
                Some(Piece::TooLong) => Some(Exported::Unreadable("an item".into(), "it is larger than 16 MB".into())),
                Some(Piece::CutOff) => Some(Exported::Unreadable(
                    "the last item".into(),
                    "the file ends within it; export it again, and see that all of it is downloaded".into(),
                )),
            };
            self.comments = 0;
            if exported.is_some() {
                return Ok(exported);
            }
        }
    }

    fn element(&self, bytes: &[u8]) -> Result<Element, String> {
        // An end tag too many is none; one that is missing would leave the item out.
        let text = format!("{}{}</item>", self.root, decode(bytes, self.content_type.as_deref()));
        let mut whole = None;
        read_pieces(&text, None, |part| match part {
            Part::Whole(element) => {
                whole = Some(element);
                ControlFlow::Break(())
            }
            Part::Opened(_) => ControlFlow::Continue(()),
        })
        .map_err(|error| error.to_string())?;
        whole.ok_or_else(|| "its tags do not end".to_owned())
    }
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("root", &self.root).finish_non_exhaustive()
    }
}

fn exported(item: &Element, comments: u32) -> Exported {
    let said = |name| item.child(WordPress, name).and_then(Element::text).unwrap_or_default();
    let (kind, status) = (said("post_type"), said("status"));
    if kind == "attachment" {
        let picture = picture(item, &said("post_id"), &said("attachment_url"));
        return picture.map_or_else(|| Exported::LeftOut("attachments".into()), |one| Exported::Picture(Box::new(one)));
    }
    if kind != "post" {
        return Exported::LeftOut(not_a_post(&kind));
    }
    if status != "publish" {
        return Exported::LeftOut("posts that are not published".into());
    }
    if !said("post_password").is_empty() {
        return Exported::LeftOut("posts with a password".into());
    }
    let html = |vocabulary| {
        let text = item.child(vocabulary, "encoded")?.text()?;
        Some(Text::html(as_shown(&text[..text.floor_char_boundary(MAX_TEXT)])))
    };
    let moment = |name| Some(said(name)).filter(|text| !text.starts_with("0000")).and_then(|text| parse_date(&text));
    let read = read_entry(item, Format::Rss);
    let number = said("post_id");
    let title = read.title.as_ref().map_or("a post", |title| title.value.as_str());
    let name = if number.is_empty() { title.to_owned() } else { format!("post {number}") };
    let entry = Entry {
        published: moment("post_date_gmt").or(read.published),
        updated: moment("post_modified_gmt"),
        summary: html(WordPressExcerpt),
        content: html(Content),
        tags: terms(item),
        comments: Some(comments),
        image: None,
        ..read
    };
    Exported::Post(Box::new(Post { name, entry, picture: meta(item, "_thumbnail_id").and_then(|id| id.parse().ok()) }))
}

/// The kinds that WordPress itself has, in words; those of plugins are named as they are.
fn not_a_post(kind: &str) -> String {
    match kind {
        "page" => "pages".into(),
        "nav_menu_item" => "menu items".into(),
        "" => "items of no kind".into(),
        other => format!("items of the kind {:?}", other.chars().take(40).collect::<String>()),
    }
}

/// The categories, then the tags; not the formats, languages and menus that stand in the same place.
fn terms(item: &Element) -> Vec<String> {
    let of = |domain: &'static str| {
        let is_of = move |term: &&Element| term.is(Core, "category") && term.attribute("domain") == Some(domain);
        item.elements().filter(is_of).filter_map(Element::text).map(|name| unescape(&name).into_owned())
    };
    // Names are stored as HTML. Up to WXR 1.0 tags were of another domain, and each term stood there twice.
    let mut terms: Vec<String> = Vec::new();
    for term in of("category").chain(of("post_tag")).chain(of("tag")) {
        if !terms.contains(&term) && terms.len() < 50 {
            terms.push(term);
        }
    }
    terms
}

fn meta(item: &Element, key: &str) -> Option<String> {
    let metas = item.elements().filter(|child| child.is(WordPress, "postmeta"));
    let named = |meta: &&Element| meta.child(WordPress, "meta_key").and_then(Element::text).as_deref() == Some(key);
    metas.filter(named).find_map(|meta| meta.child(WordPress, "meta_value")?.text())
}

fn picture(item: &Element, id: &str, url: &str) -> Option<Picture> {
    let image = Image {
        url: Some(url.to_owned()).filter(|url| !url.is_empty())?,
        alt: meta(item, "_wp_attachment_image_alt"),
        caption: item.child(WordPressExcerpt, "encoded").and_then(Element::text).map(|html| plain(&html)),
        ..Image::default()
    };
    Some(Picture { id: id.parse().ok()?, image })
}

/// Whether a comment is one that readers see, and no other site's link to the post.
fn is_shown(comment: &Element) -> bool {
    let said = |name| comment.child(WordPress, name).and_then(Element::text).unwrap_or_default();
    said("comment_approved") == "1" && matches!(said("comment_type").as_str(), "" | "comment")
}

fn author(element: &Element) -> Option<Exported> {
    let said = |name| element.child(WordPress, name).and_then(Element::text);
    let login = said("author_login")?;
    let both = || {
        let parts: Vec<String> = [said("author_first_name"), said("author_last_name")].into_iter().flatten().collect();
        Some(parts.join(" ")).filter(|name| !name.is_empty())
    };
    let name = said("author_display_name").or_else(both)?;
    Some(Exported::Author { login, name })
}

/// What an item that cannot be read is called.
fn title_in(bytes: &[u8]) -> String {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1_000)]).into_owned();
    let title = start.split_once("<title>").and_then(|(_, rest)| Some(rest.split_once("</title>")?.0.trim()));
    let title = title.map(|title| title.trim_start_matches("<![CDATA[").trim_end_matches("]]>").trim());
    title.filter(|title| !title.is_empty()).map_or_else(|| "an item".to_owned(), |title| format!("{title:?}"))
}
