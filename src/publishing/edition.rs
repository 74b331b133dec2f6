use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};

use super::{Composer, Press};
use crate::address::Mailbox;
use crate::composition::message::SizeVerdict;
use crate::composition::place::{Piece, Place, split};
use crate::composition::{Around, Brief, Composed, WebUrl};
use crate::delivery::Outgoing;
use crate::store::{Db, Edition, EditionName, EditionState, FrozenParts};

impl Press {
    /// The edition of this name, or the latest unfinished one of the newsletter of this name, else its latest.
    pub fn edition(&self, name: &str) -> Result<Edition> {
        if let Some(parsed) = EditionName::parse(name) {
            let found = self.store().read(|db| Edition::find_by_name(db, &parsed))?;
            return found.with_context(|| format!("there is no edition {name}; `griot edition list` shows them"));
        }
        let newsletter = self.newsletter(name)?.id.as_str();
        let found = self.store().read(|db| match Edition::unfinished(db, newsletter)? {
            Some(edition) => Ok(Some(edition)),
            None => Edition::latest(db, newsletter),
        })?;
        found.with_context(|| format!("{newsletter} has no edition yet; `griot draft {newsletter}` makes one"))
    }

    /// Subject, HTML and text with places for the personal parts: frozen once approved, of today while a draft. For who
    /// looks at it: its links lead where they lead, and count nobody.
    pub fn composed(&self, edition: &Edition) -> Result<Composed> {
        match frozen(edition) {
            Some(frozen) => self.with_direct_links(edition, frozen),
            None => Ok(self.brief_of(edition)?.compose(self.templates())),
        }
    }

    fn brief_of(&self, edition: &Edition) -> Result<Brief> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        self.store().read(|db| self.brief(db, newsletter, edition))
    }

    /// Freezes a draft's content and lets it go out. Approving again is no error and changes nothing.
    pub fn approve(&self, edition: &Edition) -> Result<Edition> {
        let now = self.now();
        if edition.state == EditionState::Draft {
            self.store().write(|db| {
                if Edition::progress(db, edition.id)?.is_some_and(|(state, _)| state == EditionState::Draft) {
                    self.freeze_content(db, edition, now)?;
                }
                Ok(())
            })?;
        }
        let approved = self.store().read(|db| Edition::find(db, edition.id))?.context("the edition is gone")?;
        match approved.state {
            EditionState::Draft => bail!("{} could not be approved; try again", approved.name),
            EditionState::Cancelled | EditionState::Skipped => bail!("{} is {}", approved.name, approved.state),
            EditionState::Approved | EditionState::Sending | EditionState::Sent | EditionState::Paused => Ok(approved),
        }
    }

    /// Approves an edition to go out at a time of its own, which must be ahead. One that is approved already keeps its
    /// content, with the date it was approved for.
    pub fn schedule(&self, edition: &Edition, at: DateTime<Utc>) -> Result<Edition> {
        if at <= self.now() {
            bail!("{} is over; choose a time ahead, or send {} now", at.format("%Y-%m-%d %H:%M UTC"), edition.name);
        }
        let before = edition.send_at;
        let edition = self.store().write(|db| {
            if !edition.set_send_at(db, Some(at))? {
                bail!("{} is {}; it is too late to choose when it goes out", edition.name, edition.state);
            }
            Edition::find(db, edition.id)?.context("the edition is gone from the store")
        })?;
        self.approve(&edition).inspect_err(|_| {
            // Of a draft that could not be approved nothing is changed; where that fails too, the time can be chosen again.
            let _ = self.store().write(|db| edition.set_send_at(db, before));
        })
    }

    /// Begins a new draft with the words and the stories of an edition, in their order.
    pub fn duplicate(&self, edition: &Edition) -> Result<Edition> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let open = self.store().read(|db| Edition::unfinished(db, newsletter.id.as_str()))?;
        if let Some(open) = open {
            bail!("{} is {} still; send or cancel it first", open.name, open.state);
        }
        let (super::Drafted::Ready(draft) | super::Drafted::TooFew { edition: draft, .. }) =
            self.draft(newsletter, None)?;
        let stories = self.store().read(|db| edition.stories(db))?;
        let of_brief = stories.iter().filter(|(_, one)| one.section.is_empty());
        let edit = super::EditionEdit {
            subject: Some(edition.subject.clone()),
            preheader: Some(edition.preheader.clone()),
            intro: Some(edition.intro.clone().unwrap_or_default()),
            order: Some(of_brief.map(|(story, _)| story.id).collect()),
        };
        self.edit_edition(&draft, &edit)
    }

    /// In one transaction, because the links it is composed with are rows of their own.
    fn freeze_content(&self, db: &Db, edition: &Edition, now: DateTime<Utc>) -> Result<()> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let brief = self.brief(db, newsletter, edition)?;
        let online = brief.compose_public(self.templates(), &self.sign_up_url()?);
        let searched = brief.searched();
        let composed = self.with_counted_links(db, edition, brief)?.compose(self.templates());
        let (bytes, verdict) = self.composer_of(edition, &composed, now)?.size();
        if verdict == SizeVerdict::Fail {
            bail!(
                "the HTML of {} has {bytes} bytes, and Gmail cuts off what is over 102,000; take out some stories",
                edition.name
            );
        }
        if verdict == SizeVerdict::Warn {
            tracing::warn!(edition = %edition.name, bytes, "the HTML is near the size at which Gmail cuts it off");
        }
        let parts =
            FrozenParts { subject: &composed.subject, html: &composed.html, text: &composed.text, online: &online };
        if edition.approve(db, &parts, now)? {
            edition.keep_to_key(db, self.keys().signing_id())?;
            edition.make_searchable(db, &composed.subject, &searched)?;
            self.add_missing_variants(db, edition, &composed)?;
            // Now, because a pin is spent when the sending begins.
            edition.settle_candidates(db)?;
        }
        Ok(())
    }

    /// The HTML of the message as a reader sees it, with links that belong to nobody.
    pub fn preview_html(&self, edition: &Edition) -> Result<String> {
        self.for_nobody(edition, &self.composed(edition)?.html)
    }

    /// The same of its plain text.
    pub fn preview_text(&self, edition: &Edition) -> Result<String> {
        self.for_nobody(edition, &self.composed(edition)?.text)
    }

    pub(super) fn for_nobody(&self, edition: &Edition, part: &str) -> Result<String> {
        let home = self.config().web.link("/");
        let online = self.online_url(edition)?;
        let pieces = split(part).into_iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Place(Place::OnlineUrl) => online.as_str(),
            Piece::Place(Place::UnsubscribeUrl | Place::PreferencesUrl) => home.as_str(),
            // What is looked at counts nobody.
            Piece::Place(Place::ReaderToken) => "",
            Piece::Place(Place::SubscribedOn) => "the day you signed up",
        });
        Ok(pieces.collect())
    }

    /// Bytes of the HTML that a reader's mail program gets of these parts (F9).
    pub fn size_of(&self, edition: &Edition, parts: &Composed) -> Result<usize> {
        Ok(self.composer_of(edition, parts, self.now())?.size().0)
    }

    /// The composer of an edition whose content is frozen.
    pub fn composer(&self, edition: &Edition) -> Result<Composer> {
        let approved_at = edition.approved_at.with_context(|| format!("{} is not approved", edition.name))?;
        let frozen = frozen(edition).with_context(|| format!("{} has no content", edition.name))?;
        self.composer_of(edition, &frozen, approved_at)
    }

    /// The edition as one message to `to`, with links that belong to nobody: for a preview or a test.
    pub fn sample_message(&self, edition: &Edition, to: &Mailbox) -> Result<Outgoing> {
        let date = edition.approved_at.unwrap_or_else(|| self.now());
        self.composer_of(edition, &self.composed(edition)?, date)?.sample(to, self.now())
    }

    /// The edition for the archive: without what belongs to one reader.
    pub fn online_page(&self, edition: &Edition, around: Around<'_>) -> Result<String> {
        if edition.online.is_empty() {
            let page = self.brief_of(edition)?.compose_public(self.templates(), &self.sign_up_url()?);
            Ok(around.set_into(&page))
        } else {
            Ok(around.set_into(&edition.online))
        }
    }

    pub(super) fn sign_up_url(&self) -> Result<WebUrl> {
        Ok(WebUrl::parse(&self.config().web.link("/"))?)
    }

    /// Pauses an edition that is being sent; its deliveries stop within a second, whoever sends them.
    pub fn pause(&self, edition: &Edition, reason: &str) -> Result<Edition> {
        self.move_edition(
            edition,
            &[EditionState::Sending],
            EditionState::Paused,
            reason,
            "only one being sent can be paused",
        )
    }

    /// Lets a paused edition go on.
    pub fn resume(&self, edition: &Edition) -> Result<Edition> {
        self.move_edition(
            edition,
            &[EditionState::Paused],
            EditionState::Sending,
            "",
            "only a paused one can be resumed",
        )
    }

    /// Ends an edition for good; who has it keeps it, nobody else gets it.
    pub fn cancel(&self, edition: &Edition, reason: &str) -> Result<Edition> {
        let open = [EditionState::Draft, EditionState::Approved, EditionState::Sending, EditionState::Paused];
        self.move_edition(edition, &open, EditionState::Cancelled, reason, "it is over already")
    }

    fn move_edition(
        &self,
        edition: &Edition,
        from: &[EditionState],
        to: EditionState,
        reason: &str,
        otherwise: &str,
    ) -> Result<Edition> {
        let now = self.now();
        self.store().write(|db| {
            let moved = edition.change_state(db, from, to, reason, now)?;
            let found = Edition::find(db, edition.id)?.context("the edition is gone from the store")?;
            if !moved && found.state != to {
                bail!("{} is {}; {otherwise}", found.name, found.state);
            }
            Ok(found)
        })
    }
}

/// The parts that were frozen at approval; `None` of a draft.
pub(super) fn frozen(edition: &Edition) -> Option<Composed> {
    (!edition.html.is_empty()).then(|| Composed {
        subject: edition.subject.clone(),
        preheader: String::new(),
        html: edition.html.clone(),
        text: edition.text.clone(),
    })
}
