use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::failure::Failure;
use super::frame::{Done, Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use crate::publishing::{Poll, Trial};
use crate::saying::time::{distance, in_zone};
use crate::store::{AuditEntry, Feed, FeedKind, is_of_store};
use crate::web::Fields;

/// Entries of a feed on trial that are shown.
const SHOWN: usize = 30;

/// The configured feeds and calendars, and how polling them goes.
#[derive(Debug, Template)]
#[template(path = "desk/feeds.html")]
struct Feeds {
    frame: Frame,
    rows: Vec<Row>,
    every: String,
    problem: String,
    /// The address on trial; may be empty.
    tried: String,
    trial: Option<Shown>,
}

#[derive(Debug)]
struct Row {
    url: String,
    title: String,
    owner: String,
    word: &'static str,
    is_bad: bool,
    told: String,
}

/// What a feed on trial would bring.
#[derive(Debug)]
struct Shown {
    sentence: String,
    rows: Vec<(String, String, String)>,
    skipped: Vec<String>,
    advice: String,
    line: String,
}

pub(super) async fn list(
    State(room): State<Room>,
    signed: Signed,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = if done == "polled" { "They were asked just now." } else { "" };
    feeds(&room, &signed, notice, "", Ok(None)).await
}

async fn feeds(
    room: &Room,
    signed: &Signed,
    notice: &'static str,
    tried: &str,
    trial: Result<Option<Trial>, String>,
) -> Result<Response, Failure> {
    let rows = room
        .ask(|store, press| {
            let configured = press.feeds();
            store.read(|db| {
                configured.into_iter().map(|(url, kind, owner)| Ok((Feed::find(db, &url)?, url, kind, owner))).collect()
            })
        })
        .await?;
    let rows: Vec<(Option<Feed>, String, FeedKind, String)> = rows;
    let rows = rows.into_iter().map(|(feed, url, kind, owner)| Row::of(room, feed, url, kind, owner)).collect();
    let (problem, trial) = match trial {
        Ok(trial) => (String::new(), trial.map(|trial| Shown::of(room, trial))),
        Err(problem) => (problem, None),
    };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page_of = Feeds {
        frame: Frame::new(room, signed, "/desk/feeds", "Feeds").noting(notice),
        rows,
        every: room.press().config().feeds.poll.to_string(),
        problem,
        tried: tried.to_owned(),
        trial,
    };
    Ok(page(status, &page_of))
}

impl Row {
    fn of(room: &Room, feed: Option<Feed>, url: String, kind: FeedKind, owner: String) -> Self {
        let config = room.press().config();
        let owner = match kind {
            FeedKind::Calendar => "calendar".to_owned(),
            FeedKind::Feed => config.platform(&owner).map_or(owner, |platform| platform.name.to_string()),
        };
        let (now, zone) = (room.press().now(), config.home_zone());
        let Some(feed) = feed else {
            let told = "it is asked in the next round".to_owned();
            return Self { url, title: String::new(), owner, word: "not polled yet", is_bad: false, told };
        };
        let polled = feed.polled_at.map_or_else(|| "never".to_owned(), |at| distance(at, now));
        let (word, is_bad, told) = match (feed.disabled_at, feed.failing_since) {
            (Some(at), _) => {
                let todo = "take it out of the configuration, or correct it";
                ("gone", true, format!("since {}: {} · {todo}", in_zone(at, zone, now), feed.last_error))
            }
            (None, Some(since)) => {
                let next = distance(feed.next_poll_at, now);
                let told =
                    format!("since {}: {} · asked {polled}, next {next}", in_zone(since, zone, now), feed.last_error);
                ("failing", true, told)
            }
            (None, None) => ("works", false, format!("asked {polled}, next {}", distance(feed.next_poll_at, now))),
        };
        Self { url, title: feed.title, owner, word, is_bad, told }
    }
}

impl Shown {
    fn of(room: &Room, trial: Trial) -> Self {
        let (now, zone) = (room.press().now(), room.press().config().home_zone());
        let many = trial.entries.len();
        let title = if trial.title.is_empty() { String::new() } else { format!(" “{}”,", trial.title) };
        let (what, advice, line) = match trial.kind {
            FeedKind::Feed => (
                if many == 1 { "story" } else { "stories" },
                "Put its address into the list of feeds of the platform it belongs to:",
                format!("feeds = [{}]", toml_text(&trial.url)),
            ),
            FeedKind::Calendar => (
                if many == 1 { "event" } else { "events" },
                "Put it into the configuration:",
                format!("[[calendar]]\nurl = {}", toml_text(&trial.url)),
            ),
        };
        let row = |entry: crate::publishing::TriedEntry| {
            (entry.at.map_or_else(String::new, |at| in_zone(at, zone, now)), entry.headline, entry.url)
        };
        Self {
            sentence: format!("{},{title} {many} {what}. Nothing of it is kept.", trial.format.to_uppercase()),
            rows: trial.entries.into_iter().take(SHOWN).map(row).collect(),
            skipped: trial.skipped.into_iter().take(SHOWN).collect(),
            advice: advice.to_owned(),
            line,
        }
    }
}

/// A text as it stands in a configuration.
fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Looks at a feed that is not configured.
pub(super) async fn look(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let url = fields.get("url").ok_or(Failure::Incomplete)?;
    let trial = match room.press().try_feed(url).await {
        Ok(trial) => Ok(Some(trial)),
        Err(error) if is_of_store(&error) => return Err(Failure::of(error)),
        Err(error) => Err(format!("It gives no feed: {error:#}.")),
    };
    feeds(&room, &signed, "", url, trial).await
}

/// Asks one feed, or all of them, now.
pub(super) async fn poll(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let which = match fields.get("feed").unwrap_or_default() {
        "" => Poll::All,
        url => Poll::Only(vec![url.to_owned()]),
    };
    let subject = if which == Poll::All { "every feed" } else { "a feed" };
    let polled = room.press().poll_feeds(which).await.map_err(Failure::of)?;
    let (who, now) = (signed.member.name, room.press().now());
    let detail = format!("{} stories or events new", polled.iter().map(|one| one.added).sum::<usize>());
    room.ask(move |store, _| store.write(|db| AuditEntry::add(db, &who, "polled", subject, &detail, now))).await?;
    Ok(see_other("/desk/feeds?done=polled"))
}
