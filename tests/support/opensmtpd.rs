//! An OpenSMTPD of our own in a jail, which files all it is sent in one Maildir.
//!
//! It offers neither PIPELINING nor CHUNKING, and TLS only from version 7 on: before, it does not get along with
//! OpenSSL 3.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::certificate::Certificate;
use super::jail::{Jail, MAIL_USER, Server, unpacked};
use super::port::free_port;
use super::postfix::{READERS_DOMAIN, files};
use super::real_relay::{Offer, RealRelay, files_below, until_it_answers};

const PROGRAM: &str = "usr/sbin/smtpd";

pub struct OpenSmtpd {
    // Dropped in this order: the server ends before its folder goes.
    _server: Server,
    jail: Jail,
    port: u16,
}

/// Without a "-portable" at its end.
pub fn version() -> String {
    let program = unpacked("opensmtpd").join(PROGRAM);
    let output = Command::new(&program).arg("-h").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let version = told.split_whitespace().skip_while(|word| *word != "OpenSMTPD").nth(1);
    let version = version.unwrap_or_else(|| panic!("{} tells no version: {output:?}", program.display()));
    version.trim_end_matches("-portable").to_owned()
}

/// Whether a client can begin TLS with the one that is here.
pub fn speaks_tls() -> bool {
    version().split('.').next().and_then(|major| major.parse().ok()).is_some_and(|major: u32| major >= 7)
}

impl OpenSmtpd {
    pub fn start(offer: Offer, certificate: &Certificate) -> Self {
        let programs = [PROGRAM, "usr/libexec/opensmtpd/mail.maildir", "bin/sh"];
        // The names are compiled in, but for that of the reader of all mail.
        let users = [("opensmtpd", MAIL_USER - 2), ("opensmtpq", MAIL_USER - 1), ("reader", MAIL_USER)];
        let jail = Jail::build("opensmtpd", &programs, &users);
        let port = free_port();
        for folder in ["var/lib/opensmtpd/empty", "var/spool/smtpd", "var/run", "etc/ssl/certs"] {
            fs::create_dir_all(jail.path(folder)).unwrap();
        }
        fs::set_permissions(jail.path("var/spool/smtpd"), Permissions::from_mode(0o711)).unwrap();
        certificate.copy_for(&jail.path("etc"), 0);
        // It does not start without authorities to trust.
        fs::copy(jail.path("etc/ca.pem"), jail.path("etc/ssl/certs/ca-certificates.crt")).unwrap();
        let tls = if offer.tls { "tls-require pki localhost" } else { "" };
        jail.write(
            "etc/smtpd.conf",
            &format!(
                "pki localhost cert \"/etc/ca.pem\"\n\
                 pki localhost key \"/etc/key.pem\"\n\
                 listen on 127.0.0.1 port {port} hostname localhost {tls}\n\
                 action file maildir \"/mail\" virtual {{ \"@{READERS_DOMAIN}\" = \"reader\" }}\n\
                 match from any for domain \"{READERS_DOMAIN}\" action file\n"
            ),
        );
        let log = fs::File::create(jail.path("log")).unwrap();
        let mut command = jail.command(&format!("/{PROGRAM}"));
        command.args(["-d", "-f", "/etc/smtpd.conf"]).stdout(log.try_clone().unwrap()).stderr(log);
        let server = Server(command.spawn().unwrap());
        let relay = Self { _server: server, jail, port };
        until_it_answers(&relay);
        relay
    }
}

impl RealRelay for OpenSmtpd {
    fn port(&self) -> u16 {
        self.port
    }

    fn version(&self) -> String {
        version()
    }

    fn filed(&self) -> Vec<std::path::PathBuf> {
        files(&self.jail.path("mail/new"))
    }

    fn queued(&self) -> usize {
        let spool = self.jail.path("var/spool/smtpd");
        ["incoming", "queue"].iter().map(|folder| files_below(&spool.join(folder))).sum()
    }

    fn taken_by_bdat(&self) -> Option<usize> {
        Some(0)
    }

    fn log(&self) -> String {
        self.jail.read("log")
    }
}
