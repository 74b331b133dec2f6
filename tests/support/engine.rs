//! Which engine the stores of tests are on: SQLite, or, where `GRIOT_TEST_POSTGRES` names a server, PostgreSQL with a database for
//! each folder that a store is in. `scripts/with-postgres` starts such a server.

use std::cell::Cell;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

const SERVER: &str = "GRIOT_TEST_POSTGRES";

thread_local! {
    static IS_OF_THE_FILE: Cell<bool> = const { Cell::new(false) };
}

/// While this lives, the stores that this thread makes are files: for tests of what is of the file, whatever engine the others
/// are on.
#[allow(dead_code, reason = "not all who share this have such tests")]
pub struct OfTheFile(());

impl OfTheFile {
    #[allow(dead_code, reason = "as above")]
    pub fn only() -> Self {
        IS_OF_THE_FILE.set(true);
        Self(())
    }
}

impl Drop for OfTheFile {
    fn drop(&mut self) {
        IS_OF_THE_FILE.set(false);
    }
}

/// The URL of the database for the store in this folder, made when it is first asked for; `None` on SQLite.
pub fn url_of(folder: &Path) -> Option<String> {
    let server = std::env::var(SERVER).ok().filter(|_| !IS_OF_THE_FILE.get())?;
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let folder = folder.to_str().expect("folders of tests have names in UTF-8");
    let name = name_of(folder);
    let (place, options) = server.split_once("/postgres?").expect("it ends in /postgres and options");
    let url = format!("{place}/{name}?{options}");
    static MADE: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !made.contains(&name) {
        tidy(&server);
        let there = psql(&server, &[&format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")]);
        if there.is_empty() {
            psql(
                &server,
                &[
                    &format!("CREATE DATABASE {name} TEMPLATE griot_template STRATEGY file_copy"),
                    &format!("COMMENT ON DATABASE {name} IS '{folder}'"),
                ],
            );
        }
        made.push(name);
    }
    Some(url)
}

/// The URL of a new database with nothing in it, which is dropped after this folder is gone. Without a server it says that the
/// test was not run.
#[allow(dead_code, reason = "not all who share this move stores")]
pub fn empty_database(folder: &Path) -> Option<String> {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let Ok(server) = std::env::var(SERVER) else {
        eprintln!("NOT RUN: {SERVER} is not set, so nothing was tried on PostgreSQL; see scripts/with-postgres");
        return None;
    };
    let folder = folder.to_str().expect("folders of tests have names in UTF-8");
    let name = format!("{}_{}", name_of(folder), MADE.fetch_add(1, Ordering::Relaxed));
    let (create, comment) = (format!("CREATE DATABASE {name}"), format!("COMMENT ON DATABASE {name} IS '{folder}'"));
    psql(&server, &[&create, &comment]);
    let (place, options) = server.split_once("/postgres?").expect("it ends in /postgres and options");
    Some(format!("{place}/{name}?{options}"))
}

/// Leads a griot that is started in this folder to its store.
#[allow(dead_code, reason = "not all who share this start one")]
pub fn lead(command: &mut Command, folder: &Path) {
    match url_of(folder) {
        Some(url) => command.env("GRIOT_STORE_URL", url),
        None => command.env_remove("GRIOT_STORE_URL"),
    };
}

/// FNV-1a: the same in every process of a test.
fn name_of(folder: &str) -> String {
    let hash = folder
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("store_{hash:016x}")
}

/// Drops the databases of folders that are gone, now and then.
fn tidy(server: &str) {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    if TURN.fetch_add(1, Ordering::Relaxed) % 16 != 15 {
        return;
    }
    let of_folders = "SELECT datname || ' ' || shobj_description(oid, 'pg_database') FROM pg_database
                      WHERE datname LIKE 'store\\_%' AND shobj_description(oid, 'pg_database') IS NOT NULL";
    for line in psql(server, &[of_folders]).lines() {
        if let Some((name, folder)) = line.split_once(' ')
            && !Path::new(folder).exists()
        {
            psql(server, &[&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")]);
        }
    }
}

fn psql(server: &str, commands: &[&str]) -> String {
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", server]);
    for command in commands {
        psql.args(["-c", command]);
    }
    let answer = psql.output().expect("psql is there, as the server is");
    assert!(answer.status.success(), "{commands:?}: {}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).expect("psql speaks UTF-8")
}
