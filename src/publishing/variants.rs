//! What readers chose, made of an edition: a variant for each choice that somebody has, frozen like the edition itself.

use anyhow::Result;

use super::Press;
use crate::composition::{Composed, WebUrl};
use crate::config::Newsletter;
use crate::store::{Choice, Db, Edition, Variant};

impl Press {
    /// Freezes a variant of an approved edition for every choice of its readers that it has none for yet.
    ///
    /// Those that were chosen by the time of its approval are frozen with it. One that is made later tells the stories in
    /// the words they have by then.
    pub(super) fn make_variants(&self, edition: &Edition) -> Result<()> {
        let made = self.missing_variants(edition, &self.composed(edition)?)?;
        if made.is_empty() {
            return Ok(());
        }
        self.store().write(|db| made.iter().try_for_each(|(choice, variant)| edition.add_variant(db, choice, variant)))
    }

    /// The variants that an edition lacks; `whole` is the edition itself.
    pub(super) fn missing_variants(&self, edition: &Edition, whole: &Composed) -> Result<Vec<(Choice, Variant)>> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        self.store().read(|db| {
            let wanted = edition.wanted_variants(db, newsletter.opens)?;
            let make = |choice: Choice| Ok((choice.clone(), self.variant(db, newsletter, edition, whole, &choice)?));
            wanted.into_iter().map(make).collect()
        })
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
                Some(brief) => brief.compose(self.templates()),
                None => return Ok(Variant { subject: String::new(), html: String::new(), text: String::new() }),
            }
        };
        if choice.counts_opens {
            composed = composed.counting_opens(self.templates(), &WebUrl::parse(&self.open_url(edition))?);
        }
        Ok(Variant { subject: composed.subject, html: composed.html, text: composed.text })
    }
}
