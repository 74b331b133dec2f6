//! Publishing: where the stages meet. Feeds become stories, stories a draft, a draft an edition in the readers' hands.
//!
//! Owns: the [`Press`], which knows the configuration, the store and the keys, and leads an edition through its life;
//! how rows become what is composed; what every link says. Leaves out: HTTP, the schedule's clockwork, the terminal.

mod calendars;
mod checks;
mod clicks;
mod composer;
mod contents;
mod copies;
mod counted;
mod draft;
mod edition;
mod edition_events;
mod editorial;
mod event_time;
mod feed_use;
mod import;
mod intake;
mod joining;
mod keyring;
mod knowledge;
mod known_story;
mod lateness;
mod learning;
mod letters;
mod link_checks;
mod links;
mod missed;
mod notice;
mod operator_letter;
mod permission_pass;
mod personal_data;
mod pictures;
mod pins;
mod poll;
mod post;
mod reader_story;
mod replay;
mod review;
mod revision;
mod roster;
mod send;
mod shortlist;
mod shown;
mod sign_up;
mod signals;
mod standing;
mod story_import;
mod story_page;
mod trial;
mod variants;
mod view;
mod vitals;
mod webhooks;

use std::fmt::Write;
use std::sync::{Arc, RwLock};

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::catalogue::{Catalogue, Catalogues};
use crate::composition;
use crate::config::{Config, Newsletter};
use crate::delivery::{Clock, Relays};
use crate::store::{Store, has_signing_secret};
use crate::templates::Templates;
use crate::token::Keys;
use link_checks::Lookout;

pub use calendars::ImportedCalendar;
pub use checks::{Finding, LookedOver};
pub use composer::Composer;
pub use copies::keep;
pub use counted::{signals_of, usual_clicks, usual_counts};
pub use draft::{Drafted, too_few};
pub use edition_events::EditionEvent;
pub use editorial::{EditionEdit, NewStory, Wish};
pub use event_time::instant as event_instant;
pub use import::{
    ArrivalSheet, Counts, Export, Foreseen, ForeseenRow, Move, Moved, MovedRow, Opened, ReaderSheet, Reason, Refused,
    SheetRow, Source, Totals, Unzoned, arrivals_of, open_exports, refusals_told,
};
pub use intake::{Content, Incoming, Taken};
pub use joining::{Joined, Joining};
pub use known_story::KnownStory;
pub use lateness::{Late, LateBecause};
pub use learning::Learnt;
pub use link_checks::{LinksKnown, Look, Looked, Looking};
pub use links::CONFIRM_DAYS;
pub use missed::Resent;
pub use operator_letter::OperatorLetter;
pub use permission_pass::PassRound;
pub use personal_data::personal_data;
pub use pictures::{Focus, Unfit};
pub use poll::{Poll, PollOutcome, Polled};
pub use reader_story::{Moment, ReaderStory, history};
pub use review::Reviewed;
pub use revision::{Clash, Revised, Revision};
pub use roster::{RosterFilter, each_subscriber, write_roster};
pub use send::{Sending, Watch};
pub use shortlist::{Selected, SelectedLink, SelectedStory};
pub use shown::Shown;
pub use sign_up::SignUp;
pub use story_import::{RefusedStory, StoriesImported, StoryImport};
pub use trial::{Entry as TriedEntry, Trial};
pub use vitals::{Labels, Vitals};

/// Stands for the edition in the return address of a letter, which is of none.
const NO_EDITION: i64 = 0;

/// Everything it takes to publish: one per process, clones share it. The second is the keys it keeps to, where it does.
#[derive(Clone, Debug)]
pub struct Press(Arc<Parts>, Option<Arc<Keys>>);

#[derive(Debug)]
struct Parts {
    config: Config,
    store: Store,
    keys: RwLock<Arc<Keys>>,
    relays: Relays,
    catalogues: Catalogues,
    templates: Templates,
    clock: Clock,
    /// Rung where a letter may have been queued.
    post: Notify,
    lookout: Lookout,
    vitals: Vitals,
}

impl Press {
    /// Opens the configured store, which must be there. Refuses templates and catalogues that cannot be used.
    pub fn open(config: Config, clock: Clock) -> Result<Self> {
        let store = Store::open(&config.store)?;
        Self::with_store(config, store, clock)
    }

    /// The same, and changes nothing of it: refuses a store of another schema, and one that has no key yet.
    pub fn open_unchanged(config: Config, clock: Clock) -> Result<Self> {
        let store = Store::open_unchanged(&config.store)?;
        if !has_signing_secret(&store)? {
            bail!("the store {} has no key to seal links with yet", store.shown());
        }
        Self::with_store(config, store, clock)
    }

    /// Opens the configured store, made where there is none.
    pub fn create(config: Config, clock: Clock) -> Result<Self> {
        let store = Store::open_or_create(&config.store)?;
        Self::with_store(config, store, clock)
    }

    fn with_store(config: Config, store: Store, clock: Clock) -> Result<Self> {
        if config.store.replicated {
            store.leave_the_log()?;
        }
        let keys = RwLock::new(keyring::load(&store, clock())?);
        let relays = Relays::new(&config.relays)?;
        let (catalogues, templates) = (Catalogues::load(&config.templates())?, Templates::load(&config.templates())?);
        // A template that cannot be rendered is found out now, and not when an edition goes out.
        if !templates.replaced().is_empty()
            && let Some(problem) = templates.prove(&composition::samples(&catalogues)).into_iter().next()
        {
            return Err(problem.into());
        }
        let (post, lookout, vitals) = (Notify::new(), Lookout::default(), Vitals::default());
        let parts = Parts { config, store, keys, relays, catalogues, templates, clock, post, lookout, vitals };
        Ok(Self(Arc::new(parts), None))
    }

    pub fn config(&self) -> &Config {
        &self.0.config
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// griot's own words in every language there is.
    pub fn catalogues(&self) -> &Catalogues {
        &self.0.catalogues
    }

    /// griot's own words in the language of a newsletter.
    pub fn words_of(&self, newsletter: &Newsletter) -> Catalogue {
        self.catalogues().of(self.config().language_of(newsletter))
    }

    pub fn templates(&self) -> &Templates {
        &self.0.templates
    }

    /// What this process knows of itself.
    pub fn vitals(&self) -> &Vitals {
        &self.0.vitals
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.0.clock)()
    }

    /// Runs `work` where it may block, from async code.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let press = self.clone();
        self.store().blocking(move |_| work(&press)).await
    }

    /// The newsletter with this id; the error names those there are.
    pub fn newsletter(&self, id: &str) -> Result<&Newsletter> {
        if let Some(found) = self.config().newsletter(id) {
            return Ok(found);
        }
        let mut known = String::new();
        for newsletter in &self.config().newsletters {
            let comma = if known.is_empty() { "" } else { ", " };
            write!(known, "{comma}{}", newsletter.id)?;
        }
        bail!("there is no newsletter {id:?}; the configuration has {known}")
    }
}
