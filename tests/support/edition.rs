//! An edition on its way in a store of its own, with an engine that sends it and a clock that the test sets.

use super::rows;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use griot::address::EmailAddress;
use griot::config::{Config, Environment};
use griot::delivery::{Clock, Engine, Job, Outgoing, Relays, Rights, Run, Stop};
use griot::publishing::{Press, Sending};
use griot::store::{
    Claimed, DeliveryCounts, Edition, EditionState, FrozenParts, SenderLock, Store, Subscriber, Subscription,
    SubscriptionState, newsletter_number,
};

pub const START: i64 = 1_790_000_000;

thread_local! {
    /// A test has a thread of its own, and the engine asks for the time on it.
    static NOW: Cell<i64> = const { Cell::new(START) };
}

pub fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW.get(), 0).unwrap()
}

pub fn set_clock(now: DateTime<Utc>) {
    NOW.set(now.timestamp());
}

pub fn advance(by: TimeDelta) {
    set_clock(clock() + by);
}

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: String,
    pub attempts: u32,
    /// Seconds from [`START`]; `None` when nothing more is tried.
    pub due: Option<i64>,
    pub skipped_because: String,
    /// Of the last try: code, enhanced status, text.
    pub reply: (u16, String, String),
}

pub struct Station {
    pub folder: tempfile::TempDir,
    pub config: Config,
    pub store: Store,
}

/// `reader7@readers.example`
pub fn reader(number: usize) -> String {
    format!("reader{number}@readers.example")
}

/// A configuration with these lines in `[smtp]`, and what follows them.
pub fn configuration(smtp: &str) -> Config {
    configuration_with("", &format!("[smtp]\n{smtp}"))
}

/// A configuration with these lines in the newsletter, and these tables: the relays among them.
pub fn configuration_with(newsletter: &str, tables: &str) -> Config {
    let text = configuration_text(newsletter, tables);
    Config::parse(&text, Path::new("griot.toml"), &Environment::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The file that makes [`configuration_with`].
pub fn configuration_text(newsletter: &str, tables: &str) -> String {
    format!(
        r#"
        [publisher]
        name = "Harmattan Press"
        website = "https://harmattan.example"
        address = "1 Example Street, Accra"
        [store]
        path = "griot.db"
        [web]
        public_url = "http://127.0.0.1:8080"
        [[platform]]
        id = "harmattan"
        name = "Harmattan"
        website = "https://harmattan.example"
        [[newsletter]]
        id = "weekly-brief"
        name = "The Weekly Brief"
        from = "brief@harmattan.example"
        schedule = "0 8 * * FRI"
        timezone = "Africa/Accra"
        {newsletter}
        {tables}
        "#
    )
}

impl Station {
    /// An edition for this many readers, `sending`, through a relay on this port. `more` follows the url in `[smtp]`.
    pub fn new(readers: usize, port: u16, more: &str) -> Self {
        Self::with(readers, &format!("url = \"smtp://127.0.0.1:{port}?tls=none\"\n{more}"))
    }

    pub fn with(readers: usize, smtp: &str) -> Self {
        Self::configured(configuration(smtp), (1..=readers).map(reader))
    }

    /// An edition for these readers, `sending`.
    pub fn configured(mut config: Config, emails: impl IntoIterator<Item = String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        rows::place(&mut config, folder.path());
        let store = Store::open_or_create(&config.store).unwrap();
        let station = Self { folder, config, store };
        station.subscribe_all("weekly-brief", emails);
        station.begin("weekly-brief");
        station
    }

    /// An edition of this newsletter, `sending`.
    pub fn begin(&self, newsletter: &str) -> Edition {
        let begin = |db: &griot::store::Db| -> anyhow::Result<Edition> {
            let now = clock();
            let edition = Edition::begin(db, newsletter, None, (now, now), now)?.unwrap();
            let parts = FrozenParts { subject: "The week", html: "<p>", text: "text", online: "<p>" };
            assert!(edition.approve(db, &parts, now)?);
            assert!(edition.change_state(db, &[EditionState::Approved], EditionState::Sending, "", now)?);
            Ok(Edition::find(db, edition.id)?.unwrap())
        };
        self.store.write(|db| begin(db)).unwrap()
    }

    pub fn subscribe(&self, readers: impl IntoIterator<Item = usize>) {
        self.subscribe_all("weekly-brief", readers.into_iter().map(reader));
    }

    pub fn subscribe_all(&self, newsletter: &str, emails: impl IntoIterator<Item = String>) {
        self.store
            .write(|db| {
                let brief = newsletter_number(db, newsletter)?;
                for email in emails {
                    let email = EmailAddress::parse(&email)?;
                    let id = Subscriber::find_or_add(db, &email, "", clock())?.id;
                    Subscription::begin(db, brief, id, SubscriptionState::Confirmed, "import", clock())?;
                }
                Ok(())
            })
            .unwrap();
    }

    pub fn subscriber(&self, number: usize) -> Subscriber {
        let email = EmailAddress::parse(&reader(number)).unwrap();
        self.store.read(|db| Subscriber::find_by_email(db, &email)).unwrap().unwrap()
    }

    pub fn edition(&self) -> Edition {
        self.store.read(|db| Edition::latest(db, "weekly-brief")).unwrap().unwrap()
    }

    /// A new process, as far as the store can tell.
    pub fn engine(&self) -> Engine {
        self.engine_by(clock)
    }

    /// One whose clock goes on by itself: [`Utc::now`].
    pub fn engine_by(&self, clock: Clock) -> Engine {
        let lock = SenderLock::try_take(&self.store, "test").unwrap().unwrap();
        let Config { relays, delivery, bounces, .. } = self.config.clone();
        Engine::start(
            self.store.clone(),
            Relays::new(&relays).unwrap(),
            delivery,
            bounces,
            Rights { lock, presence: None },
            clock,
        )
        .unwrap()
    }

    /// The edition, with the messages of [`message`].
    pub fn job(&self) -> Job {
        Job::new(&self.edition(), |claimed, _| Ok(message(claimed)))
    }

    /// One run, then the account is checked.
    pub async fn run(&self) -> Run {
        let (_asked, mut stop) = Stop::new();
        self.run_with(&mut self.engine(), &mut stop).await
    }

    pub async fn run_with(&self, engine: &mut Engine, stop: &mut Stop) -> Run {
        let run = engine.run(self.job(), stop).await.unwrap();
        self.account();
        run
    }

    /// One run by what the configuration says, as the daemon makes it.
    pub async fn run_by(&self, press: &Press) -> Run {
        // A process that another test starts has the lock of the last run too, until it is a program of its own.
        let mut engine = loop {
            if let Sending::Ours(engine) = press.sender("test").unwrap() {
                break engine;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        };
        let (_asked, mut stop) = Stop::new();
        let run = engine.run(press.job(&self.edition()).unwrap(), &mut stop).await.unwrap();
        self.account();
        run
    }

    /// Run after run, the clock set to when the next try is due, until the edition is sent or something else ends it.
    pub async fn run_to_the_end(&self) -> Run {
        loop {
            match self.run().await {
                Run::Waiting(at) => set_clock(at),
                end => return end,
            }
        }
    }

    /// The counts, after checking that they are true and add up.
    pub fn account(&self) -> DeliveryCounts {
        account(&self.store, &self.edition())
    }

    /// Where every delivery stands, by reader.
    pub fn standing(&self) -> BTreeMap<String, Standing> {
        let db = rows::of_store(&self.store);
        let mut query = db
            .prepare(
                "SELECT coalesce(s.email, 'gone ' || d.subscriber_id), d.state, d.attempts, d.next_attempt_at,
                        d.skipped_because, coalesce(a.code, 0), coalesce(a.enhanced, ''), coalesce(a.reply, '')
                 FROM deliveries AS d LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
                 LEFT JOIN attempts AS a
                   ON (a.edition_id, a.subscriber_id, a.number) = (d.edition_id, d.subscriber_id, d.attempts)",
            )
            .unwrap();
        let standings = query.query_map([], |row| {
            let due: Option<i64> = row.get(3)?;
            let standing = Standing {
                state: row.get(1)?,
                attempts: row.get(2)?,
                due: due.map(|due| due - START),
                skipped_because: row.get(4)?,
                reply: (row.get(5)?, row.get(6)?, row.get(7)?),
            };
            Ok((row.get(0)?, standing))
        });
        standings.unwrap().collect::<Result<_, _>>().unwrap()
    }

    pub fn of(&self, number: usize) -> Standing {
        self.standing().remove(&reader(number)).unwrap_or_else(|| panic!("{} has no delivery", reader(number)))
    }

    pub fn outcomes_of(&self, number: usize) -> Vec<String> {
        let db = rows::of_store(&self.store);
        let mut query = db.prepare("SELECT outcome FROM attempts WHERE subscriber_id = ?1 ORDER BY number").unwrap();
        let id = self.subscriber(number).id.0;
        query.query_map([id], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }
}

/// `recipients = accepted + failed + skipped + unknown + queued + deferred + sending`, and every part is what a count
/// over the deliveries gives; and a delivery has as many attempts on record as it counts.
pub fn account(store: &Store, edition: &Edition) -> DeliveryCounts {
    let counts = store.read(|db| DeliveryCounts::load(db, edition.id)).unwrap();
    let db = rows::of_store(store);
    let counted = |state: &str| -> u64 {
        let sql = "SELECT count(*) FROM deliveries WHERE edition_id = ?1 AND state = ?2";
        db.query_row(sql, (edition.id.0, state), |row| row.get(0)).unwrap()
    };
    let counted = DeliveryCounts {
        recipients: db
            .query_row("SELECT count(*) FROM deliveries WHERE edition_id = ?1", [edition.id.0], |row| row.get(0))
            .unwrap(),
        accepted: counted("accepted"),
        failed: counted("failed"),
        skipped: counted("skipped"),
        unknown: counted("unknown"),
        queued: counted("queued"),
        deferred: counted("deferred"),
        sending: counted("sending"),
    };
    assert_eq!(counts, counted, "the counts are not what is there");
    let DeliveryCounts { recipients, accepted, failed, skipped, unknown, queued, deferred, sending } = counts;
    assert_eq!(recipients, accepted + failed + skipped + unknown + queued + deferred + sending);
    let strays: i64 = db
        .query_row(
            "SELECT count(*) FROM deliveries AS d WHERE edition_id = ?1 AND attempts <>
             (SELECT count(*) FROM attempts AS a
              WHERE a.edition_id = d.edition_id AND a.subscriber_id = d.subscriber_id)",
            [edition.id.0],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(strays, 0, "a delivery counts attempts that are not on record");
    counts
}

/// What a composer makes of a delivery: the same bytes every time.
pub fn message(claimed: &Claimed) -> Outgoing {
    Outgoing {
        sender: EmailAddress::parse("brief@harmattan.example").unwrap(),
        recipient: claimed.email.clone(),
        envelope_id: format!("1.{}", claimed.subscriber.0),
        bytes: format!(
            "Message-ID: <1.{}@harmattan.example>\r\nTo: {}\r\nSubject: The week\r\n\r\nDear reader,\r\n.dot\r\n",
            claimed.subscriber.0, claimed.email
        )
        .into_bytes(),
    }
}
