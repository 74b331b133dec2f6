//! Readers: found as their names are typed, one reader's whole story, what is done for them; brought in by a file, and
//! taken out as one.

mod act;
mod add;
mod erase;
mod export;
mod import;
mod list;
mod one;

pub(super) use act::act;
pub(super) use add::{add, ask_add};
pub(super) use erase::{ask_erase, erase};
pub(super) use export::{data, export};
pub(super) use import::{ask_file, foresee, foreseen_rows, import, take_file};
pub(super) use list::list;
pub(super) use one::show;

use super::failure::Failure;
use super::room::Room;
use crate::config::Config;
use crate::store::{Subscriber, SubscriberId, Subscription, SubscriptionState};

const PART: &str = "/desk/readers";

/// The address of a reader's page.
fn address(id: SubscriberId) -> String {
    format!("{PART}/{}", id.0)
}

/// The reader of a path.
async fn reader(room: &Room, id: &str) -> Result<Subscriber, Failure> {
    let id = SubscriberId(id.parse().map_err(|_| Failure::NoSuchPage)?);
    let found = room.ask(move |store, _| store.read(|db| Subscriber::find(db, id))).await?;
    found.ok_or(Failure::NoSuchPage)
}

/// Something to choose from: its value, its name, whether it is chosen.
type Choice = (String, String, bool);

fn newsletters(config: &Config, chosen: &str) -> Vec<Choice> {
    let choice = |newsletter: &crate::config::Newsletter| {
        let id = newsletter.id.to_string();
        let is_chosen = id == chosen;
        (id, newsletter.name.to_string(), is_chosen)
    };
    config.newsletters.iter().map(choice).collect()
}

/// A subscription in two words.
#[derive(Debug)]
struct Tie {
    newsletter: String,
    state: &'static str,
}

impl Tie {
    fn of(config: &Config, tie: &Subscription) -> Self {
        let newsletter = config.newsletter(&tie.newsletter);
        let newsletter = newsletter.map_or_else(|| tie.newsletter.clone(), |newsletter| newsletter.name.to_string());
        Self { newsletter, state: tie.state.as_str() }
    }
}

/// How their state is asked for, and said.
const STATES: [SubscriptionState; 3] =
    [SubscriptionState::Confirmed, SubscriptionState::Pending, SubscriptionState::Ended];
