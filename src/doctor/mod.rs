//! The doctor: whether mailbox providers will believe what is sent (section P of the rules: SPF, DKIM, DMARC, addresses and
//! names, the relay, the pages), told as findings with what to do about each.
//!
//! Owns: the checks, what each level means, and the name server that is asked ([`Dns`]). Leaves out: changing anything,
//! here or elsewhere: it reads, asks, and sends nothing. The one request that could change something is a one-click
//! unsubscription for a subscriber that cannot be.
//!
//! A check judges values; what is asked goes through [`Dns`] or the probe of `delivery`. That nobody answers is a finding of
//! its own, and never counts as "there is none".

mod address;
mod certificate;
mod dkim;
mod dmarc;
mod dns;
mod exchangers;
mod finding;
mod message;
mod pages;
mod relay;
mod route;
mod sender;
mod spf;
mod tags;
mod zone;

use anyhow::Result;

use crate::config::{Config, Newsletter};
use crate::delivery::Clock;
use crate::publishing::Press;
use crate::store::Edition;

pub use dns::Dns;
pub use finding::{Finding, Level};
pub use zone::txt as txt_record;

use dns::Unanswered;
use route::Route;
use sender::{Sender, distinct};

/// Octets of a message about as large as griot lets one be, for as long as there is no edition to measure.
const LARGEST: usize = 150_000;

/// Looks everything over. `press` is the store's, or why it cannot be had: then what needs it is told as not looked at.
pub async fn examine(config: &Config, press: Result<&Press, &str>, dns: &Dns, clock: Clock) -> Vec<Finding> {
    let mut found = Found::default();
    let senders = Sender::all(config);
    let answers = match senders.first() {
        Some(first) => dns.txt(&first.from).await.err().filter(|unanswered| unanswered.is_silence),
        None => None,
    };
    let mut routes = Vec::new();
    for smtp in &config.relays {
        let largest = press.ok().and_then(|press| largest_message(press, config)).unwrap_or(LARGEST);
        let (findings, name) = relay::check(smtp, largest, clock()).await;
        found.relays.extend(findings);
        if answers.is_none() {
            match Route::find(dns, config, smtp, name).await {
                Ok(route) => routes.extend(route),
                Err(unanswered) => found.unanswered(&unanswered),
            }
        }
    }
    match &answers {
        Some(unanswered) => found.all.push(silent(unanswered)),
        None => found.ask(config, &senders, &routes, dns, press, clock).await,
    }
    for newsletter in &config.newsletters {
        found.all.push(message::list_id(newsletter));
        found.all.push(message::size(newsletter, press.ok().and_then(|press| latest_size(press, newsletter))));
    }
    found.all.push(message::address(config));
    found.all.append(&mut found.relays);
    found.all
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    all: Vec<Finding>,
    /// Told last, though found out first.
    relays: Vec<Finding>,
}

impl Found {
    /// All that needs a name server.
    async fn ask(
        &mut self,
        config: &Config,
        senders: &[Sender],
        routes: &[Route],
        dns: &Dns,
        press: Result<&Press, &str>,
        clock: Clock,
    ) {
        for domain in distinct(senders.iter().map(|sender| sender.mail_from.as_str())) {
            self.take(spf::check(dns, domain, routes).await);
        }
        for key in &config.dkim {
            self.take(dkim::check(dns, key).await);
        }
        for from in distinct(senders.iter().map(|sender| sender.from.as_str())) {
            if !config.dkim.iter().any(|key| key.is_aligned_with(from)) {
                self.all.push(dkim::unsigned(from));
            }
            self.take(dmarc::check(dns, from, senders, &config.dkim).await);
        }
        for (domain, role) in receiving(senders) {
            self.take(exchangers::check(dns, domain, &role).await);
        }
        for route in routes {
            self.take(address::check(dns, route).await);
        }
        let link = press.map(Press::nobodys_way_out);
        let link = link.as_ref().map(String::as_str).map_err(|why| *why);
        self.take(pages::check(dns, &config.web, link, clock).await);
    }

    fn take(&mut self, findings: Result<Vec<Finding>, Unanswered>) {
        match findings {
            Ok(findings) => self.all.extend(findings),
            Err(unanswered) => self.unanswered(&unanswered),
        }
    }

    fn unanswered(&mut self, unanswered: &Unanswered) {
        let finding = Finding::fail("dns.answer", &unanswered.name, unanswered.to_string())
            .because("Receivers that get no answer put the mail off, or refuse it.")
            .advise("Look at the name servers of that domain; what needs the answer was not looked at.");
        if !self.all.contains(&finding) {
            self.all.push(finding);
        }
    }
}

fn silent(unanswered: &Unanswered) -> Finding {
    Finding::fail("dns.resolver", &unanswered.name, unanswered.to_string())
        .because("Nothing can be said of SPF, DKIM, DMARC, mail exchangers, addresses and pages.")
        .advise("Look at this machine's network, or name another name server: griot doctor --resolver 9.9.9.9")
}

/// The domains that mail comes in at, and what for.
fn receiving(senders: &[Sender]) -> Vec<(&str, String)> {
    let uses = senders
        .iter()
        .flat_map(|sender| [(&sender.from, "From"), (&sender.mail_from, "bounces"), (&sender.reply_to, "answers")]);
    let mut domains: Vec<(&str, Vec<&str>)> = Vec::new();
    for (domain, role) in uses {
        match domains.iter_mut().find(|(known, _)| known == domain) {
            Some((_, roles)) if roles.contains(&role) => {}
            Some((_, roles)) => roles.push(role),
            None => domains.push((domain, vec![role])),
        }
    }
    domains.into_iter().map(|(domain, roles)| (domain, roles.join(", "))).collect()
}

fn latest(press: &Press, newsletter: &Newsletter) -> Option<Edition> {
    press.store().read(|db| Edition::latest(db, newsletter.id.as_str())).ok().flatten()
}

/// One without a story cannot be composed, and has no size.
fn latest_size(press: &Press, newsletter: &Newsletter) -> Option<(String, usize)> {
    let edition = latest(press, newsletter)?;
    let parts = press.composed(&edition).ok()?;
    Some((edition.name.to_string(), press.size_of(&edition, &parts).ok()?))
}

fn largest_message(press: &Press, config: &Config) -> Option<usize> {
    let size = |newsletter: &Newsletter| {
        let edition = latest(press, newsletter)?;
        Some(press.sample_message(&edition, &newsletter.from).ok()?.bytes.len())
    };
    config.newsletters.iter().filter_map(size).max()
}
