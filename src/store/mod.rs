//! The store: a SQLite file in WAL mode or a database of PostgreSQL, and every line of SQL that griot speaks.
//!
//! Owns: opening and migrating it, its connections, the rows and their queries (each beside its row type, the same for both
//! engines), the lock that lets one process send. Leaves out: what the rows mean for each other, which is
//! `publishing`'s. Everything here is synchronous; async code goes through [`Store::blocking`]. Any call may fail with
//! what SQLite says (disk full, file unreadable), with the file's name and the next step in the error.

mod address_change;
mod alert;
mod archive;
mod arrival;
mod auth_refusal;
mod backup;
mod breaker;
mod budget;
mod check;
mod choices;
mod claim;
mod click_report;
mod consent;
mod count_history;
pub mod database;
mod decision;
mod delivery;
mod departure;
mod domain_tries;
mod draft_candidate;
mod dropped_event;
mod edition;
mod edition_change;
mod edition_figures;
mod edition_story;
mod engine;
mod erasure;
mod event;
mod feed;
mod feedback;
mod feedback_count;
mod followed;
mod freeze;
mod group;
mod import;
mod journal;
mod keys;
mod last_try;
mod letter;
mod link;
mod link_check;
mod location;
mod lock;
mod migrations;
mod missed;
mod move_in;
mod newsletter;
mod node;
mod notice;
mod overview;
mod past_click;
mod past_delivery;
mod past_feedback;
mod pause;
mod permission_pass;
mod picture;
mod placed_story;
mod presence;
mod reason;
mod received;
mod relocation;
mod reopen;
mod report;
mod retention;
mod review;
mod search;
mod sent_letter;
mod sighting;
mod signal;
mod signal_story;
mod sponsor;
mod staff;
mod story;
mod story_override;
mod story_search;
mod subscriber;
mod subscriber_search;
mod subscription;
mod subscription_day;
mod suppression;
mod taste;
#[cfg(test)]
pub(crate) mod testing;
mod time;
mod timings;
mod upload;
mod variant;
mod warm_up;
mod webhook;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rusqlite::{ErrorCode, OpenFlags};
use secrecy::{ExposeSecret, SecretString};

use database::Begin;
use engine::{BUSY_TIMEOUT, Engine, connect};

pub use address_change::AddressChange;
pub use alert::Alert;
pub use archive::{Headline, PastEdition};
pub use arrival::{Arrival, Evidence, Kept, Standing};
pub use auth_refusal::AuthRefusal;
pub use backup::{Backup, BackupRecord, Carried, DailyCopies, Keep, Present, Restored, restore};
pub use budget::{Budget, Drawn, Grant};
pub use check::{Extent, Fault};
pub use claim::{Claim, Claimed, ClaimedBatch, When};
pub use click_report::{ClickReport, FollowedLink};
pub use consent::{Asked, Consent};
pub use count_history::CountHistory;
pub use database::{Beside, Db, Transaction};
pub use decision::{Decision, Verdict};
pub use delivery::{Attempt, AttemptOutcome, DeliveryCounts, DeliveryState, OutcomeRecord, editions_sent_to};
pub use departure::Departure;
pub use domain_tries::DomainTries;
pub use draft_candidate::{CandidateHand, DraftCandidate};
pub use dropped_event::DroppedEvent;
use edition::EditionLabel;
pub use edition::{Edition, EditionId, EditionName, EditionState, EditionWords, FrozenParts};
pub use edition_change::EditionChange;
pub use edition_figures::EditionFigures;
pub use edition_story::{EditionLink, EditionStory, LinkList};
pub use erasure::Erasure;
pub use event::{Event, EventId, Removed};
pub use feed::{Changes, Feed, FeedId, FeedKind};
pub use feedback::{About, Feedback, Source};
pub use feedback_count::FeedbackCount;
pub use followed::{Followed, clicks_by_hour};
pub use import::{Fate, Import, ImportRow, Imported, Refusal};
pub use journal::{Journal, Slot};
pub use keys::{LinkKey, has_signing_secret, signing_secrets};
pub use last_try::LastTry;
pub use letter::{Letter, LetterKind, WaitingLetters};
pub use link::{
    Acceptance, EditionUrl, LinkClicks, LinkId, LinkTarget, NewClicks, ReaderClicks, record_clicks_of_stories,
    stories_followed_since, stories_of_links,
};
pub use link_check::{LinkCheck, LinkVerdict};
pub use location::Location;
pub use lock::SenderLock;
pub use missed::{Missed, MissedReader};
pub use move_in::{Became, MoveIn, Outcome, Placed};
pub use newsletter::{
    NewsletterNumber, begin_schedule, known_number_of as known_newsletter_number, number_of as newsletter_number,
    scheduled_since, slug_of as newsletter_slug,
};
pub use node::{Lease, Node, NodeId, NodeState};
pub use notice::Notice;
pub use overview::{DiskSpace, Overview, WaitingMail};
pub use past_click::PastClick;
pub use past_delivery::PastDelivery;
pub use past_feedback::PastFeedback;
pub use permission_pass::{PassCounts, PassTerms, PermissionAsk, PermissionPass};
pub use picture::Picture;
pub use placed_story::PlacedStory;
pub use presence::Presence;
pub use reason::Reason;
pub use received::Received;
pub use relocation::{Moved, Relocated, Stage, TABLES};
pub use reopen::UnknownDelivery;
pub use report::{Diagnostic, DomainCount, ReasonCount, Report};
pub use retention::Outdated;
pub use review::{NewReview, Review};
pub use search::{Found, Stretch};
pub use sent_letter::SentLetter;
pub use sighting::{FrontPage, Sighting};
pub use signal::{Reading, Signal};
pub use signal_story::SignalStory;
pub use sponsor::Sponsor;
pub use staff::{
    ApiToken, AuditEntry, HalfStep, HalfStepKind, Invitation, Member, MemberId, Passkey, RecoveryCode, Role, Scope,
    SecretDigest, Session,
};
pub use story::{Story, StoryId, StoryImage, Upserted};
pub use story_override::StoryOverride;
pub use story_search::{FoundStories, StoryLine, StoryPlace, StorySearch};
pub use subscriber::{Subscriber, SubscriberFilter, SubscriberId};
pub use subscriber_search::{FoundSubscribers, SubscriberSearch};
pub use subscription::{EndedBy, Subscription, SubscriptionChange, SubscriptionState, record_asked};
pub use subscription_day::SubscriptionDay;
pub use suppression::{Suppressed, Suppression, SuppressionChange};
pub use taste::LearntTaste;
pub use timings::Timings;
pub use upload::{UPLOAD_WAITS, Upload};
pub use variant::{Choice, Variant};
pub use warm_up::{Rest, WarmUpDay, Warming};
pub use webhook::{
    Happening, JournalEnds, News, SentEdition, ToldCall, ToldReader, WaitingCalls, WebhookCall, WebhookStanding,
};

/// So long writers may be kept waiting by what can as well be done later.
const SHORT_WAIT: Duration = Duration::from_millis(500);

/// A handle on the store; clones share it.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    at: Location,
    /// What it is called where somebody reads it.
    shown: String,
    /// What [`Store::write_together`] is to do.
    waiting: Mutex<Vec<group::Job>>,
    timings: Timings,
}

impl Store {
    /// Opens the store, made anew where it does not exist yet, and brings it to today's schema.
    pub fn open_or_create(at: impl Into<Location>) -> Result<Self> {
        Self::open_at(at.into(), OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Whether there is one, as far as that is known without asking a server.
    pub fn is_there(at: impl Into<Location>) -> bool {
        at.into().file().is_none_or(Path::exists)
    }

    /// Opens a store that is already there.
    pub fn open(at: impl Into<Location>) -> Result<Self> {
        let at = at.into();
        if let Some(path) = at.file()
            && !path.exists()
        {
            bail!("the store {at} does not exist; `griot init` makes it, or correct store.path");
        }
        Self::open_at(at, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// The same, and changes nothing of it: refuses a store that a release of other years wrote.
    pub fn open_unchanged(at: impl Into<Location>) -> Result<Self> {
        let at = at.into();
        if let Some(path) = at.file()
            && path.exists()
        {
            migrations::check_is_current(&connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)?;
        }
        Self::open(at)
    }

    fn open_at(at: Location, flags: OpenFlags) -> Result<Self> {
        let shown = at.to_string();
        let mut engine = match &at {
            Location::File(path) => connect(path, flags)
                .and_then(|mut db| migrations::run(&mut db, path).map(|()| db))
                .map(|writer| Engine::file(path, writer)),
            Location::Server { url, local } => open_server(url, local),
        };
        if let Err(error) = &mut engine
            && let Some(step) = next_step(error)
        {
            engine = engine.context(step);
        }
        let engine = engine.with_context(|| format!("cannot open the store {shown}"))?;
        Ok(Self(Arc::new(Inner { engine, at, shown, waiting: Mutex::default(), timings: Timings::default() })))
    }

    pub fn location(&self) -> &Location {
        &self.0.at
    }

    /// The SQLite file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.0.engine {
            Engine::File(file) => Some(&file.path),
            Engine::Server(_) => None,
        }
    }

    /// The file, or the server and the name of the database: for who reads it.
    pub fn shown(&self) -> &str {
        &self.0.shown
    }

    /// The real file of this name and ending that this node keeps for itself: beside the store, or where the node keeps such.
    fn beside(&self, ending: &str) -> Result<PathBuf> {
        let mut path = match &self.0.engine {
            // Beside the real file, so that two names of one store meet at one file.
            Engine::File(file) => {
                file.path.canonicalize().with_context(|| format!("cannot find {}", file.path.display()))?
            }
            Engine::Server(remote) => {
                // Only now: who looks at a store leaves nothing behind.
                if let Some(folder) = remote.local.parent() {
                    std::fs::create_dir_all(folder)
                        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
                }
                remote.local.clone()
            }
        }
        .into_os_string();
        path.push(ending);
        Ok(path.into())
    }

    /// How long it takes, since the process began.
    pub fn timings(&self) -> &Timings {
        &self.0.timings
    }

    /// How often this process asked a server and waited for its answer; 0 of a file.
    pub fn round_trips(&self) -> u64 {
        match &self.0.engine {
            Engine::File(_) => 0,
            Engine::Server(remote) => remote.server.round_trips(),
        }
    }

    /// Whether several nodes may work on it: those of a database do, and a file is one machine's.
    pub fn is_shared(&self) -> bool {
        matches!(self.0.engine, Engine::Server(_))
    }

    /// Shows that a transaction can be made durable: by one that came about within so long, else by one that changes
    /// nothing.
    pub fn prove_writable(&self, within: Duration) -> Result<()> {
        if self.0.timings.has_written_within(within) {
            return Ok(());
        }
        // Written in spite of being the same, so that a full disk is found out.
        self.write(|db| migrations::write_version_again(db))?;
        self.0.timings.is_written();
        Ok(())
    }

    /// Leaves it to another program to take the log into the file. Readers never do: only who commits does.
    pub fn leave_the_log(&self) -> Result<()> {
        match &self.0.engine {
            Engine::File(file) => {
                file.is_replicated.store(true, Relaxed);
                file.set("wal_autocheckpoint", 0)
            }
            Engine::Server(_) => Ok(()),
        }
    }

    /// Takes the log into the file and empties it, so that nothing that was deleted is left in it. `false` where another
    /// process reads just now; the next one who asks does it then. A server sees to its log itself.
    pub fn empty_the_log(&self) -> Result<bool> {
        let Engine::File(file) = &self.0.engine else { return Ok(true) };
        if file.is_replicated() {
            return Ok(false);
        }
        // On a connection of its own: while it waits for those who read, nobody can write.
        let db = connect(&file.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.busy_timeout(SHORT_WAIT)?;
        let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// Runs queries on a reader: a consistent view, never waiting for the writer.
    pub fn read<T>(&self, queries: impl FnOnce(&Db) -> Result<T>) -> Result<T> {
        let begun = Instant::now();
        let reader = self.0.engine.reader()?;
        let answer = (|| {
            let transaction = Transaction::begin(&reader, Begin::Read)?;
            queries(&transaction)
        })();
        self.0.engine.give_back(reader);
        self.0.timings.read.observe(begun.elapsed().as_secs_f64());
        self.explained(answer)
    }

    /// Runs changes in one durable transaction: all of them, or on an error none. Nobody else writes meanwhile.
    pub fn write<T>(&self, changes: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let asked_at = Instant::now();
        let answer = self.0.engine.writer().and_then(|writer| self.transact(&writer, Begin::Write, asked_at, changes));
        self.explained(answer)
    }

    /// The same, of changes that add up rows of their own or skip what somebody else has: where the engine can, others write
    /// meanwhile, but for those who write the same.
    pub fn write_beside<T>(&self, what: Beside, changes: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let asked_at = Instant::now();
        let answer = (self.0.engine.writer_beside())
            .and_then(|writer| self.transact(&writer, Begin::WriteBeside(what), asked_at, changes));
        self.explained(answer)
    }

    fn transact<T>(
        &self,
        writer: &Db,
        begin: Begin,
        asked_at: Instant,
        changes: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let (had_at, before) = (Instant::now(), writer.total_changes());
        let answer = (|| {
            let transaction = Transaction::begin(writer, begin)?;
            let answer = changes(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        })();
        let is_durable = answer.is_ok() && writer.total_changes() > before;
        self.0.timings.wrote(asked_at, had_at, is_durable);
        answer
    }

    /// Runs changes as [`Store::write`] would, and takes every one of them back: what they come to is the answer.
    pub fn rehearse<T>(&self, changes: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let answer = self.0.engine.writer().and_then(|writer| {
            let transaction = Transaction::begin(&writer, Begin::Write)?;
            changes(&transaction)
        });
        self.explained(answer)
    }

    /// Sending goes through an edition in the order of its rows, and comes back to none of them soon: a large cache of
    /// pages would only fill up, ten times as high for a large edition as for a small one.
    fn send_in_order(&self) -> Result<()> {
        match &self.0.engine {
            Engine::File(file) => file.set("cache_size", -2_000),
            Engine::Server(_) => Ok(()),
        }
    }

    /// The one hop from async code: runs `work` where it may block.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || work(&store)).await.context("a task on the store was cut short")?
    }

    fn explained<T>(&self, answer: Result<T>) -> Result<T> {
        answer.map_err(|error| match next_step(&error) {
            Some(step) => error.context(format!("the store {}: {step}", self.0.shown)),
            None => error,
        })
    }
}

fn open_server(url: &SecretString, local: &Path) -> Result<Engine> {
    let server = database::postgres::Server::new(url.expose_secret())?;
    migrations::run_on_server(&Db::Postgres(server.connect()?))?;
    Ok(Engine::server(server, local.to_owned()))
}

/// Whether an error is the store's, and no word of ours to who asked for something.
pub fn is_of_store(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.is::<database::Error>() || cause.is::<rusqlite::Error>())
}

/// A panic while the lock was held cannot leave a half-done change behind: its transaction rolled back.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an operator can do about an error of the engine's, for those that have an answer.
fn next_step(error: &anyhow::Error) -> Option<&'static str> {
    let sqlite = match error.downcast_ref::<database::Error>() {
        Some(database::Error::Postgres(error)) => return error.next_step(),
        Some(database::Error::Sqlite(error)) => error,
        Some(database::Error::NoRow) => return None,
        None => error.downcast_ref::<rusqlite::Error>()?,
    };
    match sqlite.sqlite_error()?.code {
        ErrorCode::DiskFull => Some("the disk is full; nothing was lost: free some space and run this again"),
        ErrorCode::SystemIoFailure => Some("the disk refused to read or write; look at its space and its health"),
        ErrorCode::CannotOpen => Some("the file can't be opened; look at its folder and its permissions"),
        ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
            Some("the file may not be written; make it and its folder writable for this user")
        }
        ErrorCode::NotADatabase => Some("the file is not a griot store; correct store.path or restore a backup"),
        ErrorCode::DatabaseCorrupt => Some("the file is damaged; restore a backup (`griot restore`)"),
        ErrorCode::DatabaseBusy => Some("another process has held it for 15 seconds; try again when that one is done"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let failed: Result<()> = store.write(|db| {
            newsletter_number(db, "weekly-brief")?;
            bail!("changed my mind")
        });
        assert_eq!(failed.unwrap_err().to_string(), "changed my mind");
        let rows: i64 =
            store.read(|db| Ok(db.query_row("SELECT count(*) FROM newsletters", [], |row| row.get(0))?)).unwrap();
        assert_eq!(rows, 0);
    }

    #[test]
    fn says_what_to_do_about_a_file_that_is_no_store() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("griot.db");
        std::fs::write(&path, "Dear reader, ".repeat(100)).unwrap();
        let error = format!("{:#}", Store::open(&path).unwrap_err());
        assert!(error.contains("is not a griot store; correct store.path or restore a backup"), "{error}");
        let error = format!("{:#}", Store::open(&dir.path().join("none.db")).unwrap_err());
        assert!(error.contains("does not exist; `griot init` makes it"), "{error}");
    }
}
