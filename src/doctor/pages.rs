//! The public URL, as mailbox providers and readers see it: its certificate, the one-click way out (RFC 8058), and its
//! clock.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{CONTENT_TYPE, DATE, LOCATION};
use reqwest::tls::TlsInfo;
use reqwest::{Client, RequestBuilder, Response, redirect};

use super::certificate;
use super::dns::{Dns, Unanswered};
use super::finding::Finding;
use crate::config::Web;
use crate::delivery::Clock;

/// Mailbox providers do not wait long.
const WITHIN: Duration = Duration::from_secs(10);
/// Signatures and codes are refused beyond.
const CLOCK: TimeDelta = TimeDelta::minutes(5);

/// `way_out` is a link of ours that ends nobody's subscription; `Err` says why there is none.
pub(super) async fn check(
    dns: &Dns,
    web: &Web,
    way_out: Result<&str, &str>,
    clock: Clock,
) -> Result<Vec<Finding>, Unanswered> {
    let url = &web.public_url;
    let about = url.as_str().trim_end_matches('/');
    let mut findings = vec![if url.is_loopback() {
        Finding::warn("pages.https", about, "only this machine can open it")
            .because("Every link in a message begins so, and readers cannot follow it.")
            .advise("Write the address readers reach: public_url = \"https://brief.example.org\" in [web]")
    } else {
        Finding::pass("pages.https", about, "https")
    }];
    let host = url.as_url().host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.as_url().port_or_known_default().unwrap_or(443);
    let addresses: Vec<SocketAddr> = match (host, host.parse()) {
        ("localhost", _) => {
            vec![SocketAddr::from(([127, 0, 0, 1], port)), SocketAddr::from(([0u16, 0, 0, 0, 0, 0, 0, 1], port))]
        }
        (_, Ok(ip)) => vec![SocketAddr::new(ip, port)],
        _ => dns.addresses(host).await?.into_iter().map(|ip| SocketAddr::new(ip, port)).collect(),
    };
    if addresses.is_empty() {
        findings.push(
            Finding::fail("pages.address", about, format!("{host} has no address"))
                .because("Every link in a message leads nowhere, the way out among them.")
                .advise("Give the name the address of the machine in front of griot (A, and AAAA if it has one)."),
        );
        return Ok(findings);
    }
    let client = Client::builder()
        .user_agent(concat!("griot/", env!("CARGO_PKG_VERSION"), " (doctor)"))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(WITHIN)
        .tls_info(true)
        .resolve_to_addrs(host, &addresses)
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            findings.push(unreached(about, &error));
            return Ok(findings);
        }
    };
    let shown = match client.get(way_out.unwrap_or(&web.link("/"))).send().await {
        Ok(shown) => shown,
        Err(error) => {
            findings.push(unreached(about, &error));
            return Ok(findings);
        }
    };
    if let Some(der) = shown.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate) {
        findings.push(certificate::judge("pages.certificate", about, der, clock()));
    }
    findings.push(clock_of(about, &shown, clock()));
    match way_out {
        Ok(link) => {
            findings.push(form(about, shown).await);
            let post = client.post(link).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            findings.push(one_click(about, post.body("List-Unsubscribe=One-Click")).await);
        }
        Err(why) => findings.push(
            Finding::warn("pages.one-click", about, format!("not tried: {why}"))
                .because("It is not known whether mailbox providers can unsubscribe a reader (RFC 8058).")
                .advise("Start griot once (`griot daemon`), then ask again."),
        ),
    }
    Ok(findings)
}

fn unreached(about: &str, error: &reqwest::Error) -> Finding {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        said = inner.to_string();
        cause = inner.source();
    }
    // The address is said already, and the link in it is a token.
    if error.is_timeout() {
        said = format!("nothing came within {} seconds", WITHIN.as_secs());
    }
    if said.contains("certificate") {
        return Finding::fail("pages.certificate", about, said)
            .because("Mailbox providers and browsers open no page whose certificate they do not trust.")
            .advise(
                "Give the server in front of griot a certificate for this name (Let's Encrypt has them for nothing).",
            );
    }
    Finding::fail("pages.reach", about, format!("it cannot be reached: {said}"))
        .because("Every link in a message leads nowhere, the way out among them.")
        .advise("Look whether `griot daemon` runs, and the server in front of it, and at public_url in [web].")
}

/// What the page of the way out shows to who opens it.
async fn form(about: &str, shown: Response) -> Finding {
    let status = shown.status();
    let has_button = shown.text().await.is_ok_and(|page| page.contains("<form"));
    if status == 200 && has_button {
        return Finding::pass("pages.form", about, "the way out shows a page with a button");
    }
    Finding::fail("pages.form", about, format!("the way out answers {status} to who opens it, without a button"))
        .because("Readers who follow the link in a message cannot leave.")
        .advise("Look whether the server in front hands /unsubscribe/ on to griot as it is.")
}

async fn one_click(about: &str, post: RequestBuilder) -> Finding {
    let why = "Gmail and Yahoo want one click to be enough (RFC 8058), and hold the lack of it against you.";
    match post.send().await {
        Ok(answer) if answer.status() == 200 => {
            Finding::pass("pages.one-click", about, "one click is answered 200, without a redirect")
        }
        Ok(answer) if answer.status().is_redirection() => {
            let target = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("somewhere");
            // Without the token that it may carry.
            let host = target.split('/').take(3).collect::<Vec<_>>().join("/");
            Finding::fail("pages.one-click", about, format!("one click is redirected ({}) to {host}", answer.status()))
                .because("Mailbox providers do not follow a redirect (RFC 8058 §3.1).")
                .advise("Write the address that it is redirected to as public_url in [web].")
        }
        Ok(answer) => Finding::fail("pages.one-click", about, format!("one click is answered {}", answer.status()))
            .because(why)
            .advise("Look whether the server in front hands POST requests to /unsubscribe/ on to griot as they are."),
        Err(error) if error.is_timeout() => {
            let found = format!("one click is not answered within {} seconds", WITHIN.as_secs());
            Finding::fail("pages.one-click", about, found)
                .because(why)
                .advise("Look what keeps griot, or the server in front.")
        }
        Err(_) => Finding::fail("pages.one-click", about, "the connection was lost at one click")
            .because(why)
            .advise("Look at the log of the server in front."),
    }
}

fn clock_of(about: &str, answer: &Response, now: DateTime<Utc>) -> Finding {
    let date = answer.headers().get(DATE).and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
    let Some(date) = date else {
        return Finding::warn("clock.offset", about, "not looked at: the answer has no Date")
            .because("With a wrong clock messages are dated wrongly, and codes and signatures are refused.")
            .advise("See to it that the clock is set by NTP: timedatectl");
    };
    let apart = (date.with_timezone(&Utc) - now).abs();
    if apart <= CLOCK {
        let found = format!(
            "within {} seconds of what this address says, which may be the same machine",
            apart.num_seconds() + 1
        );
        return Finding::pass("clock.offset", about, found);
    }
    Finding::fail("clock.offset", about, format!("{} minutes apart from what this address says", apart.num_minutes()))
        .because("With a wrong clock messages are dated wrongly, and codes and signatures are refused.")
        .advise("Let NTP set the clock: timedatectl set-ntp true")
}
