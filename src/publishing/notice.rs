//! Telling the editors that a draft is ready: each once for each draft.

use anyhow::Result;
use tracing::{info, warn};

use super::Press;
use crate::address::{EmailAddress, Mailbox};
use crate::composition::message::Reader;
use crate::composition::{DraftNotice, NoticeStory, Plain, WebUrl};
use crate::config::{Approval, Newsletter, RelayId};
use crate::delivery::{Outgoing, Verdict};
use crate::store::{Db, Edition, EditionState, Notice, Store};

/// A letter that is to go out.
struct Pending {
    edition: Edition,
    editor: EmailAddress,
    relays: Vec<RelayId>,
    message: Outgoing,
}

impl Press {
    /// Tells every editor of the drafts that have a run ahead, or wait for an approval. Who could not be told is told at
    /// the next call; nobody twice, but where it is not known whether the letter went out, and then not again.
    pub async fn tell_editors(&self) -> Result<()> {
        let pending = self.blocking(Self::pending_notices).await?;
        for letter in pending {
            let (edition, editor, now) = (letter.edition.id, letter.editor.clone(), self.now());
            let take = move |store: &Store| store.write(|db| Notice { edition, editor: &editor }.take(db, now));
            if self.store().blocking(take).await? {
                let verdict = self.0.relays.send_one(&letter.relays, &letter.message).await;
                self.settle_notice(&letter, verdict).await?;
            }
        }
        Ok(())
    }

    fn pending_notices(&self) -> Result<Vec<Pending>> {
        let mut pending = Vec::new();
        for edition in self.store().read(|db| self.drafts_to_tell(db))? {
            let newsletter = self.newsletter(&edition.name.newsletter)?;
            for editor in &newsletter.editors {
                if self.store().read(|db| Notice { edition: edition.id, editor }.is_taken(db))? {
                    continue;
                }
                match self.notice(newsletter, &edition, editor) {
                    Ok(message) => pending.push(Pending {
                        edition: edition.clone(),
                        editor: editor.clone(),
                        relays: newsletter.relays.clone(),
                        message,
                    }),
                    Err(error) => {
                        let error = format!("{error:#}");
                        warn!(edition = %edition.name, error, "its editors cannot be told; trying again");
                    }
                }
            }
        }
        Ok(pending)
    }

    /// The drafts with editors who should have been told of them and were not, and how many those are.
    pub fn editors_to_tell(&self, db: &Db) -> Result<Vec<(Edition, usize)>> {
        let mut late = Vec::new();
        for edition in self.drafts_to_tell(db)? {
            let newsletter = self.newsletter(&edition.name.newsletter)?;
            let mut untold = 0;
            for editor in &newsletter.editors {
                untold += usize::from(!Notice { edition: edition.id, editor }.is_taken(db)?);
            }
            if untold > 0 {
                late.push((edition, untold));
            }
        }
        Ok(late)
    }

    async fn settle_notice(&self, letter: &Pending, verdict: Verdict) -> Result<()> {
        let (name, editor) = (&letter.edition.name, letter.editor.masked());
        match verdict {
            Verdict::Accepted(_) => info!(edition = %name, %editor, "told that the draft is ready"),
            Verdict::Failed(reply) => warn!(edition = %name, %editor, %reply, "the letter to the editor was refused"),
            Verdict::Unknown(reason) => {
                warn!(edition = %name, %editor, reason, "it is not known whether the editor was told");
            }
            Verdict::Deferred(_) | Verdict::Trouble(_) => {
                warn!(edition = %name, %editor, "the editor could not be told; trying again");
                let (edition, editor) = (letter.edition.id, letter.editor.clone());
                let give_back =
                    move |store: &Store| store.write(|db| Notice { edition, editor: &editor }.give_back(db));
                self.store().blocking(give_back).await?;
            }
        }
        Ok(())
    }

    /// Drafts whose editors have something to do. One made by hand has no run until the schedule takes it up.
    fn drafts_to_tell(&self, db: &Db) -> Result<Vec<Edition>> {
        let now = self.now();
        let has_time = |edition: &Edition| {
            let newsletter = self.config().newsletter(&edition.name.newsletter);
            let is_open = |slot| slot > now || newsletter.is_some_and(|one| one.approval == Approval::Editor);
            newsletter.is_some_and(|one| !one.editors.is_empty()) && edition.slot_at.is_some_and(is_open)
        };
        let mut drafts = Edition::in_state(db, EditionState::Draft)?;
        drafts.retain(has_time);
        Ok(drafts)
    }

    fn notice(&self, newsletter: &Newsletter, edition: &Edition, editor: &EmailAddress) -> Result<Outgoing> {
        let letter = self.draft_notice(newsletter, edition)?.compose(self.templates());
        let to = Mailbox { name: String::new(), address: editor.clone() };
        let date = self.now();
        let identity = format!("draft {} {editor}", edition.name);
        let message_id = data_encoding::HEXLOWER.encode(&self.keys().mac("griot letter", identity.as_bytes()));
        let bytes = self.letter_bytes(newsletter, &letter, &Reader::new(&to, &message_id), date)?;
        let sender = newsletter.sender.as_ref().unwrap_or(&newsletter.from).address.clone();
        Ok(Outgoing { sender, recipient: to.address, envelope_id: String::new(), bytes })
    }

    fn draft_notice(&self, newsletter: &Newsletter, edition: &Edition) -> Result<DraftNotice> {
        let zone = newsletter.timezone.zone();
        let drafted = self.drafted(edition)?;
        let subject = if drafted.picks.is_empty() { String::new() } else { self.composed(edition)?.subject };
        let story = |picked: super::SelectedStory| {
            let platform = self.config().platform(&picked.story.platform);
            Ok(NoticeStory {
                id: picked.story.id.0,
                headline: Plain::new(&picked.story.headline),
                url: WebUrl::parse(&picked.story.url)?,
                platform: Plain::new(platform.map_or(picked.story.platform.as_str(), |platform| &platform.name)),
                reasons: picked.reasons.iter().map(|reason| Plain::new(reason)).collect(),
            })
        };
        let slot = edition.slot_at.unwrap_or_else(|| self.now()).with_timezone(&zone);
        Ok(DraftNotice {
            publisher: self.publisher_view(newsletter)?,
            theme: self.theme(),
            newsletter: self.newsletter_view(newsletter),
            edition: Plain::new(&edition.name.to_string()),
            subject: Plain::new(&subject),
            goes_out: Plain::new(&format!("{} {zone}", slot.format("%A %-d %B %H:%M"))),
            waits: newsletter.approval == Approval::Editor,
            needed: newsletter.min_stories as usize,
            stories: drafted.picks.into_iter().map(story).collect::<Result<_>>()?,
            words: self.catalogues().english(),
        })
    }
}
