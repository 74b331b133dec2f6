//! Taking in what comes back: understood first, then written down and acted upon in one durable transaction.

use std::sync::OnceLock;

use anyhow::Result;

use super::{NO_EDITION, Press};
use crate::address::EmailAddress;
use crate::feedback::{self, Own};
use crate::meaning::Action;
use crate::store::{
    About, Db, EditionId, Feedback, NewReview, Received, Source, Subscriber, SubscriberId, editions_sent_to,
};

/// Something that came back, as it came through a door.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub source: Source,
    /// What it is known by when it comes a second time: a provider's id of the event. Empty for a mail, which is known
    /// by its bytes.
    pub key: Vec<u8>,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Mail(Vec<u8>),
    /// Read already, from a webhook that was verified.
    Reported(Vec<Feedback>),
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// It had come before: nothing was done.
    pub is_known: bool,
    /// What was done about each thing it said of a reader of ours.
    pub actions: Vec<Action>,
    /// It was not understood, or not shown to be about a message of ours: it is on the review list.
    pub is_for_review: bool,
}

/// What is understood of something that came in.
struct Understood<'a> {
    incoming: &'a Incoming,
    received: Received,
    feedback: Vec<Feedback>,
}

/// What was done about what something said.
#[derive(Debug, Default)]
pub(super) struct Acted {
    /// About subscribers of ours.
    pub actions: Vec<Action>,
    /// Things about nobody known that nothing is done about anyway.
    pub ignored: usize,
    /// Something that would have had consequences is not shown to be about a subscriber.
    pub is_unproven: bool,
}

impl Press {
    /// Takes in what came through a door: all of it, durably, or on an error none. Only then may the door let go of it.
    ///
    /// A door that has many hands over hundreds at once, because each call is a commit.
    pub fn take_in(&self, incoming: &[Incoming]) -> Result<Vec<Taken>> {
        let understood = self.understand(incoming);
        self.store().write(|db| understood.iter().map(|one| self.take(db, one)).collect())
    }

    /// Reads them on as many threads as there are cores, because that is all of the work but for the writing.
    fn understand<'a>(&self, incoming: &'a [Incoming]) -> Vec<Understood<'a>> {
        static CORES: OnceLock<usize> = OnceLock::new();
        let cores = *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from));
        let share = incoming.len().div_ceil(cores).max(8);
        if incoming.len() <= share {
            return incoming.iter().map(|one| self.understand_one(one)).collect();
        }
        std::thread::scope(|scope| {
            let read = |part: &'a [Incoming]| part.iter().map(|one| self.understand_one(one)).collect::<Vec<_>>();
            let threads: Vec<_> = incoming.chunks(share).map(|part| scope.spawn(move || read(part))).collect();
            let joined =
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
            joined.flatten().collect()
        })
    }

    fn understand_one<'a>(&self, incoming: &'a Incoming) -> Understood<'a> {
        let received = |bytes: &[u8]| Received::digest(if incoming.key.is_empty() { bytes } else { &incoming.key });
        match &incoming.content {
            Content::Mail(mail) => Understood { incoming, received: received(mail), feedback: self.read_mail(mail) },
            Content::Reported(feedback) => Understood { incoming, received: received(&[]), feedback: feedback.clone() },
        }
    }

    /// What a mail says, and of which deliveries of ours.
    pub fn read_mail(&self, mail: &[u8]) -> Vec<Feedback> {
        feedback::read(mail, &Own { keys: Some(&self.keys()) })
    }

    fn take(&self, db: &Db, understood: &Understood<'_>) -> Result<Taken> {
        let Understood { incoming, received, feedback } = understood;
        let now = self.now();
        let mut taken = Taken::default();
        if !received.remember(db, now)? {
            taken.is_known = true;
            return Ok(taken);
        }
        let acted = self.act(db, feedback, incoming.source)?;
        let because = if feedback.is_empty() {
            Some("it is not understood")
        } else {
            acted.is_unproven.then_some("nothing in it shows that it is about a message of ours")
        };
        taken.actions = acted.actions;
        if let (Some(because), Content::Mail(mail)) = (because, &incoming.content) {
            let (sender, subject) = feedback::title(mail);
            let source = incoming.source.as_str();
            NewReview { source, sender: &sender, subject: &subject, because, mail }.add(db, now)?;
            taken.is_for_review = true;
        }
        Ok(taken)
    }

    /// Writes down and does what follows from what is shown to be about a subscriber.
    pub(super) fn act(&self, db: &Db, feedback: &[Feedback], source: Source) -> Result<Acted> {
        let mut acted = Acted::default();
        for one in feedback {
            match self.whom(db, one)? {
                Some(about) => {
                    let action = one.record(db, about, source, &self.config().bounces, self.now())?;
                    acted.actions.push(action);
                }
                // What nothing would be done about needs no proof.
                None if one.meaning.class.action() == Action::Ignore => acted.ignored += 1,
                None => acted.is_unproven = true,
            }
        }
        Ok(acted)
    }

    /// Whom something is about, if that is shown: by a MAC of ours, by a Message-ID that only a message of ours to this
    /// address has, or by who vouches for the address. An address that is only written somewhere shows nothing.
    fn whom(&self, db: &Db, feedback: &Feedback) -> Result<Option<About>> {
        if let Some((edition, subscriber)) = feedback.delivery {
            let edition = Some(edition).filter(|edition| edition.0 != NO_EDITION);
            return Ok(Some(About { subscriber, edition }));
        }
        let Ok(address) = EmailAddress::parse(&feedback.recipient) else { return Ok(None) };
        let Some(subscriber) = Subscriber::find_by_email(db, &address)? else { return Ok(None) };
        let edition = self.edition_by_message_id(db, subscriber.id, &feedback.message_id)?;
        let is_known = edition.is_some() || feedback.is_vouched;
        Ok(is_known.then_some(About { subscriber: subscriber.id, edition }))
    }

    fn edition_by_message_id(&self, db: &Db, subscriber: SubscriberId, message_id: &str) -> Result<Option<EditionId>> {
        let local = message_id.split('@').next().unwrap_or_default();
        if local.is_empty() {
            return Ok(None);
        }
        let editions = editions_sent_to(db, subscriber)?;
        let keys = self.keys();
        let is_it = |newsletter, number| keys.made_message_id(newsletter, number, subscriber.0, local);
        let found = editions.into_iter().find(|(_, newsletter, number)| is_it(*newsletter, *number));
        Ok(found.map(|(edition, ..)| edition))
    }
}
