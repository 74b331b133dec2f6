use url::Url;

use super::{Brief, Link, Plain, Section, Story, WebUrl};

impl Brief {
    /// The brief with other addresses behind its stories, headlines and events; where it leads to the publisher, and
    /// what it shows, stay as they are.
    ///
    /// # Errors
    /// The first one of `leads_to`.
    pub fn with_links<E>(mut self, mut leads_to: impl FnMut(&WebUrl) -> Result<WebUrl, E>) -> Result<Self, E> {
        let of_sections = self.sections.iter_mut().flat_map(|Section { stories, .. }| stories);
        for story in [&mut self.lead].into_iter().chain(&mut self.stories).chain(of_sections) {
            let Story { headline, url, read_also, .. } = story;
            if headline.is_empty() {
                // It would be shown by its site, and that is not where the link leads first.
                *headline = Plain::new(url.site());
            }
            *url = leads_to(url)?;
            for link in read_also {
                link.url = leads_to(&link.url)?;
            }
        }
        for Link { url, .. } in &mut self.must_read {
            *url = leads_to(url)?;
        }
        for url in self.events.iter_mut().filter_map(|event| event.url.as_mut()) {
            *url = leads_to(url)?;
        }
        Ok(self)
    }

    /// Where each of its links leads, once each, under the words that lead there; with what the intro names.
    pub fn links(&self) -> Vec<(String, Url)> {
        let of_sections = self.sections.iter().flat_map(|section| &section.stories);
        let stories: Vec<&Story> = [&self.lead].into_iter().chain(&self.stories).chain(of_sections).collect();
        let read_also = self.lead.read_also();
        let lines = read_also.chain(&self.must_read).map(|link| (link.title.as_str(), link.url.as_url()));
        let events = self.events.iter().filter_map(|event| Some((event.title.as_str(), event.url.as_ref()?.as_url())));
        let paragraphs = self.intro.iter().flat_map(|intro| &intro.paragraphs);
        let named = paragraphs.flat_map(|text| text.as_str().split_whitespace().filter_map(address_in));
        let mut links: Vec<(String, Url)> = Vec::new();
        let all = stories.into_iter().map(|story| (story.title(), story.url.as_url())).chain(lines).chain(events);
        let all = all.map(|(title, url)| (title.to_owned(), url.clone()));
        for (title, mut url) in all.chain(named.map(|url| ("the welcome".to_owned(), url))) {
            // No server gets to see it.
            url.set_fragment(None);
            if links.iter().all(|(_, known)| *known != url) {
                links.push((title, url));
            }
        }
        links
    }
}

/// The address that a word of a text is, as mail programs make a link of it.
fn address_in(word: &str) -> Option<Url> {
    let word = word.trim_matches(['(', ')', '<', '>', '"', '\'', '“', '”', '‘', '’', '.', ',', ';', ':', '!', '?']);
    let url = WebUrl::parse(word).ok().filter(|_| word.starts_with("http"))?;
    Some(url.as_url().clone())
}
