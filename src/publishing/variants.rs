//! What readers chose, made of an edition: a variant for each choice that somebody has, frozen like the edition itself.

use anyhow::{Context, Result, bail};

use super::Press;
use super::edition::frozen;
use crate::address::EmailAddress;
use crate::composition::{Brief, Composed, WebUrl};
use crate::config::Newsletter;
use crate::store::{Choice, Db, Edition, Subscriber, Subscription, Variant};

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

    /// The HTML of an edition as this reader gets it, with links that belong to nobody, in the words the stories have now.
    pub fn preview_for(&self, edition: &Edition, email: &EmailAddress) -> Result<String> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let left = self.store().read(|db| {
            let Some(reader) = Subscriber::find_by_email(db, email)? else { bail!("nobody reads as {email}") };
            let ties = Subscription::of(db, reader.id)?;
            let Some(tie) = ties.into_iter().find(|tie| tie.newsletter == newsletter.id.as_str()) else {
                bail!("{email} has never subscribed to {}", newsletter.name)
            };
            let whole = match frozen(edition) {
                Some(whole) => whole,
                None => self.brief(db, newsletter, edition)?.compose(self.templates()),
            };
            self.left_for(db, newsletter, edition, &whole, &tie.without)
        })?;
        match left {
            Left::Whole => self.preview_html(edition),
            Left::Part(brief) => self.for_nobody(edition, &brief.compose(self.templates()).html),
            Left::Nothing => bail!(
                "nothing of {} is left for {email}, who does without its platforms: they get no message",
                edition.name
            ),
        }
    }

    fn variant(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        edition: &Edition,
        whole: &Composed,
        choice: &Choice,
    ) -> Result<Variant> {
        let mut composed = match self.left_for(db, newsletter, edition, whole, &choice.without)? {
            Left::Whole => whole.clone(),
            Left::Part(brief) => self.with_counted_links(db, edition, *brief)?.compose(self.templates()),
            Left::Nothing => return Ok(Variant { subject: String::new(), html: String::new(), text: String::new() }),
        };
        if choice.counts_opens {
            composed = composed.counting_opens(self.templates(), &WebUrl::parse(&self.open_url(edition.id))?);
        }
        Ok(Variant { subject: composed.subject, html: composed.html, text: composed.text })
    }

    fn left_for(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        edition: &Edition,
        whole: &Composed,
        without: &[String],
    ) -> Result<Left> {
        // What the newsletter does not carry is no choice.
        let carried = newsletter.platforms.iter().map(|platform| platform.as_str());
        let without: Vec<&str> = carried.filter(|id| without.iter().any(|other| other == id)).collect();
        if without.is_empty() {
            return Ok(Left::Whole);
        }
        // Once it is approved nothing else tells whether its subject is the editor's.
        let unwritten = Edition { subject: String::new(), ..edition.clone() };
        let follows_lead = self.brief(db, newsletter, &unwritten)?.compose(self.templates()).subject == whole.subject;
        let subject = if follows_lead { String::new() } else { whole.subject.clone() };
        let titled = Edition { subject, ..edition.clone() };
        let brief = self.brief_without(db, newsletter, &titled, &without)?;
        Ok(brief.map_or(Left::Nothing, |brief| Left::Part(Box::new(brief))))
    }
}

/// What is left of an edition for who does without some platforms.
enum Left {
    Whole,
    Part(Box<Brief>),
    Nothing,
}
