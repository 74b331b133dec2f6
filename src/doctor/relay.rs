//! The relay, as it shows itself to who is about to send. Nothing is sent.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::certificate;
use super::finding::Finding;
use crate::config::{Relay, Smtp};
use crate::delivery::{Probed, Stumble, probe};

/// Whoever takes longer to be ready is in trouble, whatever the timeouts for sending are.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks one relay; answers what it calls itself, where it answered. `largest` is the size of a message as it goes out.
pub(super) async fn check(smtp: &Smtp, largest: usize, now: DateTime<Utc>) -> (Vec<Finding>, Option<String>) {
    let about = format!("relay {}", smtp.id);
    let Relay::Smtp { host, port, user, .. } = &smtp.relay else {
        let found = format!("skipped: {} is a folder, where messages become files", smtp.relay);
        let finding = Finding::warn("relay.skipped", about, found)
            .because("Nothing is sent as long as the configuration says so.")
            .advise("Write the address of your relay: url = \"smtps://user@mail.example.org:465\" in [smtp]");
        return (vec![finding], None);
    };
    let probed = match probe(smtp, PATIENCE).await {
        Ok(Ok(probed)) => probed,
        Ok(Err(stumble)) => return (vec![stumbled(about, &format!("{host}:{port}"), stumble)], None),
        Err(error) => {
            let finding = Finding::fail("relay.tls", about, format!("{error:#}"))
                .because("Without the certificates it is not known whom griot talks to, so nothing is sent.")
                .advise("Correct ca_file in [smtp].");
            return (vec![finding], None);
        }
    };
    let Probed { name, .. } = &probed;
    let mut findings = vec![Finding::pass("relay.connect", &about, format!("{host}:{port} answers as {name}"))];
    findings.push(match probed.tls {
        Some(version) => Finding::pass("relay.tls", &about, format!("{version}, and its certificate is trusted")),
        None => Finding::pass("relay.tls", &about, "plain text, as ?tls=none says"),
    });
    if let Some(der) = &probed.certificate {
        findings.push(certificate::judge("relay.certificate", &about, der, now));
    }
    findings.push(match user {
        Some(_) => Finding::pass("relay.auth", &about, "it takes the login"),
        None => Finding::pass("relay.auth", &about, "no login is configured"),
    });
    findings.push(size(&about, probed.size, largest));
    let word = |offered: bool| if offered { "yes" } else { "no" };
    let (pipelining, chunking) = (word(probed.pipelining), word(probed.chunking));
    findings.push(Finding::pass("relay.speed", &about, format!("PIPELINING: {pipelining}, CHUNKING: {chunking}")));
    let name = probed.name;
    (findings, Some(name))
}

fn stumbled(about: String, place: &str, stumble: Stumble) -> Finding {
    match stumble {
        Stumble::Connecting(said) => Finding::fail("relay.connect", about, format!("{place} {said}"))
            .because("Nothing is sent.")
            .advise("Look whether the relay runs, whether a firewall is in between, and at url in [smtp]."),
        Stumble::Tls(said) => Finding::fail("relay.tls", about, format!("{place} {said}"))
            .because("Nothing is sent over a connection that others could read or answer (RFC 8314).")
            .advise("Give the relay a certificate for its name, or name its authority: ca_file in [smtp]."),
        Stumble::LoggingIn(said) => Finding::fail("relay.auth", about, format!("{place} {said}"))
            .because("Nothing is sent.")
            .advise("Look at the user in url and at the password in [smtp]."),
    }
}

/// S9.
fn size(about: &str, limit: Option<usize>, largest: usize) -> Finding {
    let kilobytes = largest.div_ceil(1000);
    match limit {
        Some(limit) if limit < largest => {
            let found = format!("it takes {} KB, and a message has {kilobytes} KB", limit / 1000);
            Finding::fail("relay.size", about, found)
                .because("Messages that are larger than it takes are not even tried.")
                .advise("Raise its limit (Postfix: message_size_limit).")
        }
        Some(limit) => {
            Finding::pass("relay.size", about, format!("it takes {} KB, a message has {kilobytes} KB", limit / 1000))
        }
        None => Finding::pass("relay.size", about, "it states no limit"),
    }
}
