//! What readers chose, made of an edition: a variant for each choice that somebody has, frozen like the edition itself.

use anyhow::{Context, Result};

use super::Press;
use super::edition::frozen;
use crate::composition::{Composed, WebUrl};
use crate::config::Newsletter;
use crate::store::{Choice, Db, Edition, Variant};

impl Press {
    /// Freezes a variant of an approved edition for every choice of its readers that it has none for yet.
    ///
    /// Those that were chosen by the time of its approval are frozen with it. One that is made later tells the stories in
    /// the words they have by then.
    pub(super) fn make_variants(&self, edition: &Edition) -> Result<()> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        if self.store().read(|db| edition.wanted_variants(db, newsletter.opens))?.is_empty() {
            return Ok(());
        }
        let whole = frozen(edition).with_context(|| format!("{} has no content", edition.name))?;
        self.store().write(|db| self.add_missing_variants(db, edition, &whole))
    }

    /// The same in a transaction; `whole` is the edition itself, as it is mailed.
    pub(super) fn add_missing_variants(&self, db: &Db, edition: &Edition, whole: &Composed) -> Result<()> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        for choice in edition.wanted_variants(db, newsletter.opens)? {
            let variant = self.variant(db, newsletter, edition, whole, &choice)?;
            edition.add_variant(db, &choice, &variant)?;
        }
        Ok(())
    }

    fn variant(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        edition: &Edition,
        whole: &Composed,
        choice: &Choice,
    ) -> Result<Variant> {
        // What the newsletter does not carry is no choice.
        let carried = newsletter.platforms.iter().map(|platform| platform.as_str());
        let without: Vec<&str> = carried.filter(|id| choice.without.iter().any(|other| other == id)).collect();
        let mut composed = if without.is_empty() {
            whole.clone()
        } else {
            // Once it is approved nothing else tells whether its subject is the editor's.
            let unwritten = Edition { subject: String::new(), ..edition.clone() };
            let follows_lead =
                self.brief(db, newsletter, &unwritten)?.compose(self.templates()).subject == whole.subject;
            let subject = if follows_lead { String::new() } else { whole.subject.clone() };
            let titled = Edition { subject, ..edition.clone() };
            match self.brief_without(db, newsletter, &titled, &without)? {
                Some(brief) => self.with_counted_links(db, edition, brief)?.compose(self.templates()),
                None => return Ok(Variant { subject: String::new(), html: String::new(), text: String::new() }),
            }
        };
        if choice.counts_opens {
            composed = composed.counting_opens(self.templates(), &WebUrl::parse(&self.open_url(edition.id))?);
        }
        Ok(Variant { subject: composed.subject, html: composed.html, text: composed.text })
    }
}
