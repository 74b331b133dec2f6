//! Letters to who runs griot, by whichever relay takes them.

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};

use super::Press;
use crate::address::{EmailAddress, Mailbox};
use crate::composition::Note;
use crate::composition::message::Reader;
use crate::delivery::{Outgoing, Verdict};

/// In plain English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorLetter {
    /// The subject, too.
    pub title: String,
    /// At least one paragraph.
    pub texts: Vec<String>,
    pub after: String,
}

impl Press {
    /// Sends it in the name of the first newsletter. Where it is not known whether it went out, it counts as sent.
    pub async fn write_to_operator(
        &self,
        to: &EmailAddress,
        letter: &OperatorLetter,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let message = self.operator_message(to, letter, now)?;
        match self.0.relays.send_one(&[], &message).await {
            Verdict::Accepted(_) | Verdict::Unknown(_) => Ok(()),
            Verdict::Deferred(reply) | Verdict::Failed(reply) => bail!("the relay did not take it: {reply}"),
            Verdict::Trouble(trouble) => bail!("no relay takes it: {trouble}"),
        }
    }

    fn operator_message(&self, to: &EmailAddress, letter: &OperatorLetter, now: DateTime<Utc>) -> Result<Outgoing> {
        let Some(newsletter) = self.config().newsletters.first() else {
            bail!("there is no newsletter to send it for")
        };
        let words = self.catalogues().english();
        let note = Note {
            publisher: self.publisher_speaking(newsletter, &words)?,
            theme: self.theme(),
            newsletter: self.newsletter_view(newsletter),
            title: letter.title.clone(),
            texts: letter.texts.clone(),
            links: Vec::new(),
            button: None,
            after: letter.after.clone(),
            after_url: None,
        };
        let composed = note.compose(self.templates());
        let to = Mailbox { name: String::new(), address: to.clone() };
        let identity = format!("alert {} {} {}", to.address, now.timestamp(), letter.title);
        let message_id = data_encoding::HEXLOWER.encode(&self.keys().mac("griot letter", identity.as_bytes()));
        let bytes = self.letter_bytes(newsletter, &composed, &Reader::new(&to, &message_id), now)?;
        let sender = newsletter.sender.as_ref().unwrap_or(&newsletter.from).address.clone();
        Ok(Outgoing { sender, recipient: to.address, envelope_id: String::new(), bytes })
    }
}
