//! The links of an edition: by way of griot, which counts that they are followed, and back to where they lead.

use std::collections::{HashMap, HashSet};

use anyhow::Result;

use super::Press;
use super::links::CLICK_PATH;
use crate::composition::{Brief, Composed, Place, WebUrl};
use crate::config::Clicks;
use crate::store::{Db, Edition, LinkId, LinkTarget};

impl Press {
    /// The brief as it is mailed: its stories, headlines and events linked by way of griot, where the newsletter counts
    /// clicks, and each link kept. The archive is composed without this: nobody is counted there.
    pub(super) fn with_counted_links(&self, db: &Db, edition: &Edition, brief: Brief) -> Result<Brief> {
        let counts = self.newsletter(&edition.name.newsletter)?.clicks;
        if counts == Clicks::Off {
            return Ok(brief);
        }
        // As composition writes them, which may differ from how they are stored.
        let stories = edition.linked_stories(db)?;
        let stories: HashMap<String, _> = stories
            .into_iter()
            .filter_map(|(story, url)| Some((WebUrl::parse(&url).ok()?.as_str().to_owned(), story)))
            .collect();
        brief.with_links(|url| {
            let story = stories.get(url.as_str()).copied();
            let link = LinkTarget::keep(db, edition.id, url.as_str(), story)?;
            let counted = WebUrl::parse(&self.click_url(link))?;
            Ok(if counts == Clicks::Subscriber { counted.naming_reader() } else { counted })
        })
    }

    /// The frozen parts of an edition with its links leading where they lead: for who only looks at it.
    pub(super) fn with_direct_links(&self, edition: &Edition, parts: Composed) -> Result<Composed> {
        let links = self.store().read(|db| edition.counted_links(db))?;
        if links.is_empty() {
            return Ok(parts);
        }
        let targets: HashMap<i64, String> = links.into_iter().map(|one| (one.link.0, one.url)).collect();
        let html: HashMap<i64, String> = targets.iter().map(|(link, url)| (*link, url.replace('&', "&#38;"))).collect();
        Ok(Composed { html: self.direct(&parts.html, &html), text: self.direct(&parts.text, &targets), ..parts })
    }

    /// The HTML of a frozen edition for who looks at it, with a mark behind the first words that lead by each counted link.
    pub fn marked_html(&self, edition: &Edition, mark: impl Fn(LinkId) -> Result<String>) -> Result<String> {
        const END: &str = "</a>";
        let begins = self.config().web.link(CLICK_PATH);
        let mut marked = String::with_capacity(edition.html.len() * 2);
        let mut seen = HashSet::new();
        let mut rest = edition.html.as_str();
        while let Some((before, after)) = rest.split_once(begins.as_str()) {
            let Some((anchor, after_anchor)) = after.split_once(END) else { break };
            for part in [before, begins.as_str(), anchor, END] {
                marked.push_str(part);
            }
            rest = after_anchor;
            let token = &anchor[..anchor.find(|c| !is_of_token(c)).unwrap_or(anchor.len())];
            if let Ok(link) = self.keys().open_link(token)
                && !anchor.contains("<img")
                && seen.insert(link)
            {
                marked.push_str(&mark(LinkId(link))?);
            }
        }
        marked.push_str(rest);
        self.preview_html(&Edition { html: marked, ..edition.clone() })
    }

    /// The text with each link of ours, and the reader's part behind it, replaced by its target.
    fn direct(&self, text: &str, targets: &HashMap<i64, String>) -> String {
        let begins = self.config().web.link(CLICK_PATH);
        let reader = format!("/{}", Place::ReaderToken);
        let mut direct = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(begins.as_str()) {
            direct.push_str(before);
            let (token, after) = after.split_at(after.find(|c| !is_of_token(c)).unwrap_or(after.len()));
            let target = self.keys().open_link(token).ok().and_then(|link| targets.get(&link));
            match target {
                Some(target) => {
                    direct.push_str(target);
                    rest = after.strip_prefix(reader.as_str()).unwrap_or(after);
                }
                // Nothing of ours, however much it looks like it.
                None => {
                    direct.push_str(&begins);
                    direct.push_str(token);
                    rest = after;
                }
            }
        }
        direct + rest
    }
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}
