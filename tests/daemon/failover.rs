//! The schedule among nodes: who keeps it is cut off again and again, over both changes of the clocks, and each run goes out
//! once.
//!
//! On a file every node always keeps the schedule, so there it is three at once that may do each step twice.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Berlin;
use griot::daemon::keep_schedule;
use griot::publishing::Press;
use griot::store::{Db, Edition, EditionState, Node, Presence};

use super::schedule::{configured, publish};
use crate::support::{engine, rows};

const NODES: usize = 3;
const RUNS: u64 = 200;
/// One run in so many comes while who keeps the schedule is cut off.
const FAULT_IN: u64 = 6;
/// Within this another node has taken over and a run has gone out.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(10);

static CLOCK: AtomicI64 = AtomicI64::new(0);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(CLOCK.load(Ordering::SeqCst), 400_000_000).unwrap()
}

fn set(at: DateTime<Utc>) {
    CLOCK.store(at.timestamp(), Ordering::SeqCst);
}

/// Half past two in Berlin on each day from 20 October 2025 on: a time that comes twice on the 26th, and on 29 March 2026 not at
/// all, when three o'clock is the first minute there is.
fn run_of(day: u64) -> DateTime<Utc> {
    let date = NaiveDate::from_ymd_opt(2025, 10, 20).unwrap() + Days::new(day);
    let local =
        |hour, minute| Berlin.from_local_datetime(&date.and_time(NaiveTime::from_hms_opt(hour, minute, 0).unwrap()));
    local(2, 30).earliest().or_else(|| local(3, 0).earliest()).unwrap().to_utc()
}

fn press(folder: &Path, number: usize) -> Press {
    let node = format!("[node]\nname = \"node-{number}\"");
    let daily = "schedule = \"30 2 * * *\"\ntimezone = \"Europe/Berlin\"\nmin_stories = 1\ngrace = \"6h\"";
    let mut config = configured(folder, &node, daily);
    // By this name the server knows whose connections are whose.
    config.store.url = engine::url_of(folder).map(|url| format!("{url}&application_name=node-{number}").into());
    config.store.local = folder.join("griot-node").join(format!("node-{number}"));
    Press::create(config, now).unwrap()
}

/// A machine that keeps the schedule whenever it is its turn, as a daemon does.
struct Machine {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Machine {
    fn start(folder: &Path, number: usize) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let (press, is_over) = (press(folder, number), Arc::clone(&ends));
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let presence = Presence::begin(press.store(), &format!("node-{number}"), &["scheduler"], true).unwrap();
            while !is_over.load(Ordering::SeqCst) {
                if presence.leads() {
                    // Fails where the connection is cut; the next round tries again.
                    let _ = runtime.block_on(keep_schedule(&press));
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        };
        Self { ends, thread: Some(std::thread::spawn(work)) }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || ended.is_none_or(|ended| ended.is_ok()), "a node panicked");
    }
}

/// Counts how often each edition was let go, past griot.
fn count_releases(db: &Db) {
    db.execute_batch(db.pick(
        "CREATE TABLE released (edition_id INTEGER);
         CREATE TRIGGER released AFTER UPDATE OF state ON editions
         WHEN NEW.state = 'sending' AND OLD.state <> 'sending'
         BEGIN INSERT INTO released VALUES (NEW.id); END;",
        "CREATE TABLE released (edition_id BIGINT);
         CREATE FUNCTION release() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO released VALUES (NEW.id); RETURN NULL; END $$;
         CREATE TRIGGER released AFTER UPDATE OF state ON editions FOR EACH ROW
         WHEN (NEW.state = 'sending' AND OLD.state <> 'sending') EXECUTE FUNCTION release();",
    ))
    .unwrap();
}

/// Ends all connections of who keeps the schedule, whatever it is at: to the others it is as good as dead.
fn cut_off_who_leads(db: &Db) -> usize {
    let all = Node::all(db).unwrap();
    let leading: Vec<&Node> = all.iter().filter(|node| node.leads).collect();
    for node in &leading {
        if let Db::Postgres(_) = db {
            let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                       WHERE application_name = ?1 AND datname = current_database()";
            db.query_row(cut, [node.name.as_str()], |row| row.get::<i64>(0)).unwrap();
        }
    }
    leading.len()
}

fn of_run(press: &Press, run: DateTime<Utc>) -> Option<Edition> {
    press.store().read(|db| Edition::for_slot(db, "weekly-brief", run)).unwrap()
}

#[test]
fn each_of_two_hundred_runs_goes_out_once_however_often_who_keeps_the_schedule_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    set(run_of(0) - TimeDelta::hours(2));
    let ours = press(folder.path(), NODES);
    let db = rows::of_store(ours.store());
    count_releases(&db);
    let machines: Vec<Machine> = (0..NODES).map(|number| Machine::start(folder.path(), number)).collect();
    let scheduled = Instant::now();
    // The schedule is kept from the first look on.
    while ours.store().read(|db| griot::store::scheduled_since(db, "weekly-brief")).unwrap().is_none() {
        assert!(scheduled.elapsed() < TAKEN_OVER_WITHIN, "nobody keeps the schedule");
        std::thread::sleep(Duration::from_millis(5));
    }

    let (mut faults, mut slowest) = (0, Duration::ZERO);
    for day in 0..RUNS {
        let run = run_of(day);
        set(run - TimeDelta::minutes(1));
        publish(&ours, &format!("day-{day}"), 1);
        std::thread::sleep(Duration::from_millis(4));
        assert_eq!(of_run(&ours, run).map(|edition| edition.state), None, "{run} came early");
        let is_faulty = day % FAULT_IN == 0;
        // Before the run, and at any place within it.
        if is_faulty && day % (2 * FAULT_IN) == 0 {
            faults += cut_off_who_leads(&db);
        }
        set(run);
        let began = Instant::now();
        if is_faulty && day % (2 * FAULT_IN) != 0 {
            std::thread::sleep(Duration::from_millis(day * 7 % 25));
            faults += cut_off_who_leads(&db);
        }
        let edition = loop {
            if let Some(edition) = of_run(&ours, run).filter(|edition| edition.state == EditionState::Sending) {
                break edition;
            }
            assert!(began.elapsed() < TAKEN_OVER_WITHIN, "{run} did not go out: {:?}", of_run(&ours, run));
            std::thread::sleep(Duration::from_millis(2));
        };
        slowest = slowest.max(began.elapsed());
        // It is over, as far as the schedule is concerned.
        let sent =
            ours.store().write(|db| edition.change_state(db, &[EditionState::Sending], EditionState::Sent, "", now()));
        assert!(sent.unwrap());
    }
    // What a node that was cut off had half done would come now.
    std::thread::sleep(Duration::from_secs(2));
    drop(machines);

    let expected: Vec<DateTime<Utc>> = (0..RUNS).map(run_of).collect();
    let mut editions = ours.store().read(|db| Edition::list(db, None)).unwrap();
    editions.sort_by_key(|edition| edition.slot_at);
    assert_eq!(editions.iter().filter_map(|edition| edition.slot_at).collect::<Vec<_>>(), expected);
    assert!(editions.iter().all(|edition| edition.state == EditionState::Sent));
    let released: Vec<i64> = rows::all(&db, "SELECT edition_id FROM released ORDER BY edition_id", &[]);
    let mut each: Vec<i64> = editions.iter().map(|edition| edition.id.0).collect();
    each.sort_unstable();
    assert_eq!(released, each, "a run was let go more than once, or never");
    println!(
        "{RUNS} runs, each let go once; {faults} times who led was cut off; the slowest went out after {slowest:?}"
    );
}
