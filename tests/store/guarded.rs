//! A database that lets nobody in who has no password, and nobody who would send it in the clear.

use std::process::Command;

use crate::support::command_line::{Griot, Ran, ended};
use crate::support::engine;

const PASSWORD: &str = "palm-wine-at-noon";

struct Guarded {
    griot: Griot,
    database: String,
    port: String,
}

impl Guarded {
    /// An empty database of a user with this password; `None` where there is no server.
    fn new() -> Option<Self> {
        let griot = Griot::new();
        let url = engine::empty_database(&griot.path(""))?;
        let (database, options) = url.rsplit_once("@/").and_then(|(_, rest)| rest.split_once('?')).unwrap();
        let port = options.split('&').find_map(|option| option.strip_prefix("port=")).unwrap();
        let sql = format!(
            "DO $$ BEGIN CREATE ROLE guarded LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             ALTER ROLE guarded PASSWORD '{PASSWORD}'; ALTER DATABASE {database} OWNER TO guarded"
        );
        let made = Command::new("psql").args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", &sql, &url]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some(Self { database: database.to_owned(), port: port.to_owned(), griot })
    }

    /// What a griot says whose store that is.
    fn open(&self, password: &str, host: &str, sslmode: &str, is_trusted: bool) -> Ran {
        let Self { database, port, .. } = self;
        let mut command = self.griot.command(&["nodes"]);
        let url = format!("postgres://guarded:{password}@{host}:{port}/{database}?sslmode={sslmode}");
        command.env("GRIOT_STORE_URL", url);
        if is_trusted {
            command.env("SSL_CERT_FILE", std::env::var_os("GRIOT_POSTGRES_CERTIFICATE").unwrap());
        }
        ended(&mut command)
    }

    /// The same, refused with these words and without the password.
    fn refused(&self, (password, host, sslmode, is_trusted): (&str, &str, &str, bool), words: &[&str]) {
        let ran = self.open(password, host, sslmode, is_trusted);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        for word in words {
            assert!(ran.stderr.contains(word), "{word:?} is not in {}", ran.stderr);
        }
        assert!(!ran.stderr.contains(password), "{}", ran.stderr);
    }
}

#[test]
fn a_password_goes_by_tls_to_whom_the_certificate_is_of() {
    let Some(guarded) = Guarded::new() else { return };
    let certificate = "the database's certificate is not trusted; name the certificate of its authority in the variable SSL_CERT_FILE";
    guarded.refused((PASSWORD, "localhost", "require", false), &[certificate]);
    guarded.refused((PASSWORD, "127.0.0.1", "require", true), &[certificate, "not valid for name \"127.0.0.1\""]);
    let password = "correct the user, the password and sslmode of store.url";
    guarded.refused((PASSWORD, "localhost", "disable", true), &[password, "no encryption"]);
    guarded.refused(("kola-nut", "localhost", "require", true), &[password, "\"guarded\""]);
    let ran = guarded.open(PASSWORD, "localhost", "require", true);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}
