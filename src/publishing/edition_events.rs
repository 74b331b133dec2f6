//! The events of an edition: those of its days, without what an editor keeps out.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use crate::config::Newsletter;
use crate::store::{Db, DroppedEvent, Edition, Event};

/// A calendar that is full must not fill the brief: mail programs cut what is longer than some 100 KB.
const MAX_EVENTS: usize = 20;
/// Those that an editor is shown, with what does not get in.
const MAX_SHOWN: usize = 60;

/// An event of an edition's days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionEvent {
    pub event: Event,
    /// Readers see it.
    pub is_in: bool,
    /// An editor keeps it out; else it is out because there are too many.
    pub is_dropped: bool,
}

impl Press {
    /// The events of a draft, in their order; `None` where its newsletter shows none.
    pub fn events_of(&self, edition: &Edition) -> Result<Option<Vec<EditionEvent>>> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        if newsletter.events == 0 {
            return Ok(None);
        }
        let goes_out = self.goes_out(edition);
        let mut events = self.store().read(|db| edition_events(db, newsletter, edition, goes_out))?;
        events.truncate(MAX_SHOWN);
        Ok(Some(events))
    }

    /// When an edition goes out, or went, as far as that is known.
    pub(super) fn goes_out(&self, edition: &Edition) -> DateTime<Utc> {
        edition.goes_out_at().or(edition.approved_at).unwrap_or_else(|| self.now())
    }
}

pub(super) fn edition_events(
    db: &Db,
    newsletter: &Newsletter,
    edition: &Edition,
    goes_out: DateTime<Utc>,
) -> Result<Vec<EditionEvent>> {
    if newsletter.events == 0 {
        return Ok(Vec::new());
    }
    let dropped = DroppedEvent::of(db, edition.id)?;
    let mut room = MAX_EVENTS;
    let events = Event::between(db, goes_out, goes_out + TimeDelta::days(newsletter.events.into()))?;
    let place = |event: Event| {
        let is_dropped = dropped.contains(&event.id);
        let is_in = !is_dropped && room > 0;
        room -= usize::from(is_in);
        EditionEvent { event, is_in, is_dropped }
    };
    Ok(events.into_iter().map(place).collect())
}
