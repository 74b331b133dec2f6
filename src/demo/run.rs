use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use url::Url;

use super::front::{Chosen, Command, Facts, Link};
use super::inbox::Inbox;
use super::readers::readers;
use super::stories::Newsroom;
use crate::address::EmailAddress;
use crate::config::Config;
use crate::daemon;
use crate::delivery::{Clock, Stop};
use crate::publishing::{Drafted, Poll, PollOutcome, Press, too_few};
use crate::store::{DeliveryCounts, Edition, EditionState, Event, Signal, Subscriber, Subscription, SubscriptionState};

const NEWSLETTER: &str = "weekly-brief";
const LOOPBACK: &str = "127.0.0.1:0";

/// The whole weekly brief on one machine: feeds, griot itself, an inbox, and a page that shows what happened.
#[derive(Debug)]
pub struct Demo {
    press: Press,
    /// The page to look at.
    pub url: String,
    /// For further commands on the same store: `griot --config …`.
    pub config: PathBuf,
    facts: Arc<OnceLock<Facts>>,
    pages: TcpListener,
    servers: Vec<JoinHandle<()>>,
    /// Takes configuration and store with it.
    _folder: TempDir,
}

impl Demo {
    /// Serves the feeds and the inbox, and sets up a publisher with 25 subscribers. `feeds` replaces the made-up ones.
    pub async fn set_up(feeds: &[Url], clock: Clock) -> Result<Self> {
        let newsroom = Arc::new(Newsroom::at(clock()));
        let inbox = Inbox::default();
        let facts = Arc::new(OnceLock::new());
        let [front, mail, pages] = [bind().await?, bind().await?, bind().await?];
        let url = format!("http://{}", front.local_addr()?);
        let folder = tempfile::Builder::new().prefix("griot-demo-").tempdir().context("making a temporary folder")?;
        let config = folder.path().join("griot.toml");
        let text =
            configuration(&newsroom, &url, feeds, &mail.local_addr()?.to_string(), &pages.local_addr()?.to_string());
        std::fs::write(&config, text).with_context(|| format!("writing {}", config.display()))?;
        let press = Press::create(Config::load(&config)?, clock)?;
        fill(&press, &newsroom, &url)?;

        let routes = super::router(newsroom, &url, inbox.clone(), facts.clone());
        let servers = vec![
            tokio::spawn(async move {
                let served = axum::serve(front, routes).await;
                report("the demo's pages", served);
            }),
            tokio::spawn(async move {
                let served = inbox.run(mail, std::future::pending()).await;
                report("the demo's inbox", served);
            }),
        ];
        Ok(Self { press, url, config, facts, pages, servers, _folder: folder })
    }

    /// Polls the feeds, makes the brief and lets it go; says what it does, a line each. Then runs on as a daemon does,
    /// until it is asked to stop, which also cuts short a feed that does not answer.
    pub async fn run(self, mut stop: Stop, mut say: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let edition = tokio::select! {
            edition = prepare(&self.press, &mut say) => edition?,
            () = stop.asked() => return Ok(()),
        };
        let name = edition.name.to_string();
        let began = std::time::Instant::now();
        let mut daemon = tokio::spawn(daemon::run(self.press.clone(), self.pages, stop.clone()));
        tokio::select! {
            sent = wait_for(&self.press, &edition) => {
                let facts = facts(&self.press, &sent?, began.elapsed(), &self.config)?;
                say(&format!("Sent {name} to {} of {} readers", facts.accepted, facts.accepted + facts.not_accepted))?;
                // Nobody else sets it.
                let _ = self.facts.set(facts);
                say(&format!("\nLook at it: {}\n\nCtrl-C ends the demo and leaves nothing behind.", self.url))?;
                (&mut daemon).await??;
            }
            ended = &mut daemon => ended??,
            () = stop.asked() => (&mut daemon).await??,
        }
        self.servers.iter().for_each(JoinHandle::abort);
        Ok(())
    }
}

async fn bind() -> Result<TcpListener> {
    TcpListener::bind(LOOPBACK).await.with_context(|| format!("cannot listen on {LOOPBACK}"))
}

fn report(what: &str, served: std::io::Result<()>) {
    if let Err(error) = served {
        tracing::error!(%error, "{what} ended");
    }
}

/// The demo's `griot.toml`, as an operator would write it.
fn configuration(newsroom: &Newsroom, base: &str, feeds: &[Url], relay: &str, pages: &str) -> String {
    let mut text = format!(
        r##"# The demo's configuration. It goes when the demo ends.
[publisher]
name = "{name}"
tagline = "{tagline}"
website = "{base}/harmattan"
address = "{address}"
accent = "#a6301c"

[store]
path = "griot.db"

[web]
listen = "{pages}"
public_url = "http://{pages}"

[smtp]
url = "smtp://{relay}?tls=none"

[feeds]
allow_private = true

[[newsletter]]
id = "{NEWSLETTER}"
name = "The Weekly Brief"
description = "The week’s top stories across our platforms, every Friday."
intro = """
Good morning. Below, the week from our platforms: what happened, what it sounded like, and what it means for business.

— Efua, for the editors
"""
from = "Harmattan Press <brief@harmattan.example>"
reply_to = "editors@harmattan.example"
schedule = "0 8 * * FRI"
timezone = "Africa/Accra"
stories = 10
min_stories = 1
"##,
        name = newsroom.name,
        tagline = newsroom.tagline,
        address = newsroom.address,
    );
    let made_up = newsroom.platforms.iter().map(|platform| {
        let website = format!("{base}/{}", platform.id);
        (platform.id.clone(), platform.name.clone(), website, vec![format!("{base}{}", platform.feed_path())])
    });
    let feeds_are_made_up = feeds.is_empty();
    let platforms: Vec<_> = if feeds_are_made_up { made_up.collect() } else { platforms_of(feeds) };
    for (id, name, website, feeds) in platforms {
        // Writing to a string cannot fail.
        let _ =
            write!(text, "\n[[platform]]\nid = {id:?}\nname = {name:?}\nwebsite = {website:?}\nfeeds = {feeds:?}\n");
    }
    for outlet in newsroom.outlets.iter().filter(|_| feeds_are_made_up) {
        let url = format!("{base}/outlets/{}", outlet.id);
        let _ = write!(text, "\n[[signal_feed]]\noutlet = {:?}\nurl = {url:?}\n", outlet.name);
    }
    text
}

/// A platform for every host among the feeds.
fn platforms_of(feeds: &[Url]) -> Vec<(String, String, String, Vec<String>)> {
    let mut by_host: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for feed in feeds {
        by_host.entry(feed.host_str().unwrap_or_default()).or_default().push(feed.to_string());
    }
    let platform = |(index, (host, feeds)): (usize, (&str, Vec<String>))| {
        let name = host.strip_prefix("www.").unwrap_or(host).to_owned();
        (format!("platform-{}", index + 1), name, format!("https://{host}/"), feeds)
    };
    by_host.into_iter().enumerate().map(platform).collect()
}

fn fill(press: &Press, newsroom: &Newsroom, base: &str) -> Result<()> {
    let now = press.now();
    let timezone = press.newsletter(NEWSLETTER)?.timezone.zone();
    press.store().write(|db| {
        let newsletter = crate::store::newsletter_number(db, NEWSLETTER)?;
        for event in &newsroom.events {
            let url = format!("{base}/events#{}", event.slug);
            let (title, place, starts_at) = (event.title.clone(), event.place.clone(), event.starts_at);
            Event::by_hand(title, place, url, (starts_at, timezone)).add(db)?;
        }
        let counted =
            newsroom.platforms.iter().flat_map(|platform| platform.stories.iter().map(move |story| (platform, story)));
        for (platform, story) in counted {
            let Some(views) = story.views else { continue };
            let url = format!("{base}/{}/{}", platform.id, story.slug);
            Signal { url, name: "views".into(), value: views.into(), at: now }.record(db)?;
        }
        for reader in readers() {
            let email = EmailAddress::parse(&reader.address).with_context(|| format!("the reader {}", reader.name))?;
            let subscriber = Subscriber::find_or_add(db, &email, &reader.name, now)?;
            Subscription::begin(db, newsletter, subscriber.id, SubscriptionState::Confirmed, "command line", now)?;
        }
        Ok(())
    })
}

/// From the feeds to an edition that is released.
async fn prepare(press: &Press, say: &mut impl FnMut(&str) -> Result<()>) -> Result<Edition> {
    let polled = press.poll_feeds(Poll::All).await?;
    for feed in &polled {
        match feed.outcome {
            PollOutcome::Fresh | PollOutcome::NotModified => {
                say(&format!("Polled {} · {} stories", feed.url, feed.added))?;
            }
            PollOutcome::Failed | PollOutcome::ToldToWait | PollOutcome::Disabled => {
                say(&format!("Could not poll {}: {}", feed.url, feed.error))?;
            }
        }
    }
    let edition = press
        .blocking(|press| match press.draft(press.newsletter(NEWSLETTER)?, None)? {
            Drafted::Ready(edition) => press.release(&edition),
            Drafted::TooFew { found, needed, .. } => bail!("{}", too_few(found, needed)),
        })
        .await?;
    say(&format!("Drafted and approved {} · {}", edition.name, edition.subject))?;
    Ok(edition)
}

/// Waits until the edition needs nothing more.
async fn wait_for(press: &Press, edition: &Edition) -> Result<Edition> {
    let id = edition.id;
    loop {
        let known = press.blocking(move |press| press.store().read(|db| Edition::find(db, id))).await?;
        let known = known.context("the demo's edition is gone")?;
        if known.state != EditionState::Sending {
            return Ok(known);
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn facts(press: &Press, edition: &Edition, took: Duration, config: &Path) -> Result<Facts> {
    let newsletter = press.newsletter(NEWSLETTER)?;
    let selected = press.drafted(edition)?;
    let (counts, reader) = press.store().read(|db| {
        let first = readers().first().map(|reader| EmailAddress::parse(&reader.address)).transpose()?;
        let reader = first.map(|email| Subscriber::find_by_email(db, &email)).transpose()?.flatten();
        Ok((DeliveryCounts::load(db, edition.id)?, reader))
    })?;
    let mut platforms: Vec<&str> = selected.picks.iter().map(|picked| picked.story.platform.as_str()).collect();
    platforms.sort_unstable();
    platforms.dedup();
    let link = |label: &str, url: String, about: &str| Link { label: label.into(), url, about: about.into() };
    let command = |line: String, about: &str| Command { line, about: about.into() };
    let mut pages = vec![
        link("The archive", press.config().web.link("/archive"), "every edition, for who comes later"),
        link("This edition online", press.online_url(edition)?, "what “View online” opens"),
    ];
    if let Some(reader) = reader {
        let preferences = press.preferences_url(reader.id);
        pages.push(link("Preferences", preferences, &format!("what {} gets, and how to leave", reader.name)));
        let unsubscribe = press.unsubscribe_url(edition.newsletter, reader.id, Some(edition.id));
        pages.push(link("Unsubscribe", unsubscribe, "one button, and no mail after it"));
    }
    Ok(Facts {
        publisher: press.config().publisher.name.to_string(),
        newsletter: newsletter.name.to_string(),
        edition: edition.name.to_string(),
        subject: edition.subject.clone(),
        stories: selected.picks.len(),
        platforms: platforms.len(),
        picks: selected
            .picks
            .iter()
            .map(|picked| Chosen::new(&picked.story.headline, picked.reasons.join(" ")))
            .collect(),
        must_read: selected
            .must_read
            .iter()
            .map(|link| Chosen::new(&link.story.headline, link.reason.clone()))
            .collect(),
        read_also: selected.read_also.iter().map(|link| link.story.headline.clone()).collect(),
        accepted: usize::try_from(counts.accepted)?,
        not_accepted: usize::try_from(counts.recipients - counts.accepted)?,
        seconds: took.as_secs_f64(),
        pages,
        commands: vec![
            command(format!("export GRIOT_CONFIG={}", config.display()), "once, so that the others find the demo"),
            command("griot stories".into(), "what could go into the next one, and why"),
            command(format!("griot edition show {}", edition.name), "who got it, in numbers"),
            command("griot subscribers list".into(), "the readers"),
            command(format!("griot send {NEWSLETTER} --wait"), "send another edition; who left is not mailed"),
        ],
    })
}
