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
}
