//! S10: TLS is there or nothing is sent, its certificate is verified by name, and what was said in plain text behind the
//! agreement to TLS counts for nothing. The certificates are made by openssl as the test runs.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use crate::support::edition::Station;
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp, Setup};
use griot::delivery::Run;
use griot::store::EditionState;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate for `localhost`, its own authority, as `ca.pem` in the folder; and a server that shows it.
fn certificate(folder: &Path) -> Arc<ServerConfig> {
    let (key, ca) = (folder.join("key.pem"), folder.join("ca.pem"));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&ca)
        .output()
        .expect("openssl is not installed: run ./check, which says what to install");
    assert!(output.status.success(), "{output:?}");
    let chain = CertificateDer::pem_file_iter(&ca).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::from_pem_file(&key).unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

struct Secured {
    folder: tempfile::TempDir,
    relay: ScriptedSmtp,
}

impl Secured {
    fn start(from_first_byte: bool, extensions: &[&'static str], script: fn(&Moment) -> Say) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tls = Some(certificate(folder.path()));
        let setup =
            Setup { tls, tls_from_first_byte: from_first_byte, extensions: extensions.to_vec(), ..Setup::default() };
        Self { relay: ScriptedSmtp::set_up(setup, script), folder }
    }

    /// `url` without the port; trusting the certificate or not.
    fn station(&self, url: &str, trusts: bool) -> Station {
        let url = url.replace("PORT", &self.relay.port.to_string());
        let ca = self.folder.path().join("ca.pem");
        let ca = if trusts { format!("ca_file = {ca:?}") } else { String::new() };
        let login = if url.contains('@') { "password = \"drum beats far\"" } else { "" };
        Station::with(3, &format!("url = {url:?}\nconnections = 1\n{ca}\n{login}"))
    }

    /// Nothing is sent and the edition is paused; gives the reason.
    async fn pauses(&self, url: &str, trusts: bool) -> String {
        let station = self.station(url, trusts);
        let Run::RelayRefuses(reason) = station.run().await else { panic!("{:?}", station.standing()) };
        assert_eq!((station.edition().state, station.account().queued), (EditionState::Paused, 3));
        assert!(!self.relay.heard().iter().any(|(_, line)| line.starts_with("MAIL") || line.starts_with("AUTH")));
        reason.replace(&self.relay.port.to_string(), "PORT")
    }
}

const STARTTLS: &str = "smtp://localhost:PORT?tls=required";
const STARTTLS_WITH_LOGIN: &str = "smtp://brief@localhost:PORT?tls=required";

#[tokio::test]
async fn s10_sends_and_logs_in_over_tls_only() {
    let offers = ["STARTTLS", "PIPELINING", "AUTH PLAIN"];
    for (url, from_first_byte) in [(STARTTLS_WITH_LOGIN, false), ("smtps://brief@localhost:PORT", true)] {
        let secured = Secured::start(from_first_byte, &offers, |_| Say::Usual);
        let station = secured.station(url, true);
        assert_eq!(station.run().await, Run::Finished, "{url}");
        assert_eq!(station.account().accepted, 3);
        let expected: &[&str] =
            if from_first_byte { &["EHLO", "AUTH", "MAIL"] } else { &["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"] };
        assert_eq!(secured.relay.verbs(1)[..expected.len()], *expected, "{url}");
    }
}

#[tokio::test]
async fn s10_a_certificate_that_is_not_trusted_or_not_the_relays_pauses_the_edition() {
    let secured = Secured::start(false, &["STARTTLS"], |_| Say::Usual);
    let reason = secured.pauses(STARTTLS, false).await;
    let advice = "Its certificate must be trusted by this system or smtp.ca_file";
    assert!(reason.starts_with("the relay localhost:PORT failed the TLS handshake: "), "{reason}");
    assert!(reason.ends_with(advice), "{reason}");
    // Trusted, but for another name.
    let reason = secured.pauses("smtp://127.0.0.1:PORT?tls=required", true).await;
    assert!(reason.starts_with("the relay 127.0.0.1:PORT failed the TLS handshake: "), "{reason}");
    assert!(reason.ends_with(advice), "{reason}");
    let implicit = Secured::start(true, &[], |_| Say::Usual);
    assert!(implicit.pauses("smtps://localhost:PORT", false).await.ends_with(advice));
}

#[tokio::test]
async fn s10_there_is_no_falling_back_to_plain_text() {
    let stripped = Secured::start(false, &["PIPELINING", "AUTH PLAIN"], |_| Say::Usual);
    assert_eq!(
        stripped.pauses(STARTTLS_WITH_LOGIN, true).await,
        "the relay localhost:PORT offers no STARTTLS, and nothing is sent without it; use smtps://, or ?tls=none for a \
         relay on this machine"
    );
    let refused = Secured::start(false, &["STARTTLS"], |moment| match moment.at {
        At::StartTls => Say::Reply("554 5.7.3 not today".into()),
        _ => Say::Usual,
    });
    assert_eq!(refused.pauses(STARTTLS_WITH_LOGIN, true).await, "the relay refuses us: 554 5.7.3 not today");
}

#[tokio::test]
async fn s10_plain_text_behind_the_agreement_to_tls_is_an_attack() {
    let injected = Secured::start(false, &["STARTTLS", "AUTH PLAIN"], |moment| match moment.at {
        At::StartTls => Say::Raw(b"220 2.0.0 go on\r\n250-relay.example\r\n250 AUTH PLAIN\r\n"),
        _ => Say::Usual,
    });
    assert_eq!(
        injected.pauses(STARTTLS_WITH_LOGIN, true).await,
        "the relay localhost:PORT sent plain text after agreeing to TLS; the connection was closed"
    );
    assert_eq!(injected.relay.verbs(1), ["EHLO", "STARTTLS"]);
}

#[tokio::test]
async fn s10_what_was_offered_before_tls_counts_for_nothing_after_it() {
    // SIZE and PIPELINING stand in the plain greeting only, as somebody in between would put them there.
    let secured = Secured::start(false, &["STARTTLS"], |moment| match moment.at {
        At::Ehlo if !WAS_GREETED.swap(true, std::sync::atomic::Ordering::SeqCst) => {
            Say::Reply("250-relay.example\r\n250-SIZE 10\r\n250-PIPELINING\r\n250 STARTTLS".into())
        }
        _ => Say::Usual,
    });
    static WAS_GREETED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    let station = secured.station(STARTTLS, true);
    assert_eq!(station.run().await, Run::Finished);
    let mail = secured.relay.heard().into_iter().find(|(_, line)| line.starts_with("MAIL")).unwrap().1;
    assert_eq!(mail, "MAIL FROM:<brief@harmattan.example>");
}
