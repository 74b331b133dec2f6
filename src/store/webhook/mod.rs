//! What the publisher's other systems are told: where each stands, what is new in the journals since, and the calls that
//! come of it.

mod call;
mod news;
mod standing;

pub use call::{ToldCall, WaitingCalls, WebhookCall};
pub use news::{Happening, JournalEnds, News, SentEdition, ToldReader};
pub use standing::WebhookStanding;
