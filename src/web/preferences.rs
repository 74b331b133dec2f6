//! Everything a reader gets and may get, and all that is kept of them: seen and changed on one page.

mod address;
mod change;
mod data;

use anyhow::Result;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::failure::Failure;
use super::fields::Fields;
use super::frame::{Frame, Named};
use super::site::Site;
use super::speaker::Speaker;
use crate::catalogue::Catalogue;
use crate::config::Newsletter;
use crate::store::{Db, Subscriber, SubscriberId, Subscription, SubscriptionState, Suppression};
use crate::templates::Sample;
use crate::templates::page;
use crate::token::Purpose;
use change::Change;

pub(super) use address::{ask as ask_address, take as take_address};
pub(super) use data::{ask_erasure, download, erase};

/// Characters of a name that are kept.
pub(super) const NAME_LIMIT: usize = 100;
/// The longest a reader can pause at once, in weeks.
const MOST_WEEKS: u32 = 12;

page! {
    #[derive(askama::Template)]
    "pages/preferences.html" => struct Preferences {
        frame: Frame,
        notice: String,
        for_whom: String,
        name: String,
        name_limit: usize,
        is_suppressed: bool,
        contact: String,
        choices: Vec<Choice>,
        may_leave_all: bool,
        weeks: Vec<Weeks>,
        data: String,
        erase: String,
    }
}

/// A newsletter with all that can be chosen of it. Labels name it, for who hears the buttons one by one.
#[derive(Debug, Serialize)]
struct Choice {
    named: Named,
    state: String,
    is_on: bool,
    /// To leave where it is on, else to join.
    button: String,
    button_label: String,
    has_platforms: bool,
    /// They do without some.
    is_chosen: bool,
    platforms: Vec<Platform>,
    save_label: String,
    is_paused: bool,
    pause_label: String,
    resume_label: String,
    asks_for_opens: bool,
    opens_state: String,
    opens_button: String,
    opens_label: String,
    opens_value: &'static str,
}

#[derive(Debug, Serialize)]
struct Platform {
    id: String,
    name: String,
    is_on: bool,
}

#[derive(Debug, Serialize)]
struct Weeks {
    number: u32,
    text: String,
}

/// A reader as the store knows them.
pub(super) struct Reader {
    subscriber: Subscriber,
    subscriptions: Vec<Subscription>,
    is_suppressed: bool,
}

/// Everything the reader gets and may get, each with a button.
pub(super) async fn show(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let id = SubscriberId(site.open(Purpose::Preferences, &token)?.subscriber);
    let reader = site.ask(move |store, _| store.read(|db| Reader::find(db, id))).await?;
    Ok(preferences(&site, &words, &reader.ok_or(Failure::NothingKept)?, String::new()))
}

/// Makes one change and shows what is so now.
pub(super) async fn change(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let id = SubscriberId(site.open(Purpose::Preferences, &token)?.subscriber);
    let change = match Change::read(&fields, site.press()) {
        Ok(change) => change,
        Err(change::Unusable::Nothing) => return Err(Failure::NothingChosen),
        Err(problem) => {
            let reader = site.ask(move |store, _| store.read(|db| Reader::find(db, id))).await?;
            let notice = problem.notice(&words);
            return Ok(preferences(&site, &words, &reader.ok_or(Failure::NothingKept)?, notice));
        }
    };
    let notice = change.notice(&site, &words);
    let reader = site
        .change(move |db, press| {
            if Reader::find(db, id)?.is_some() {
                change.make(db, press, id)?;
            }
            Reader::find(db, id)
        })
        .await?;
    site.press().wake_post();
    Ok(preferences(&site, &words, &reader.ok_or(Failure::NothingKept)?, notice))
}

impl Reader {
    fn find(db: &Db, id: SubscriberId) -> Result<Option<Self>> {
        let Some(subscriber) = Subscriber::find(db, id)? else { return Ok(None) };
        let subscriptions = Subscription::of(db, id)?;
        let is_suppressed = Suppression::reason_for(db, &subscriber.email)?.is_some();
        Ok(Some(Self { subscriber, subscriptions, is_suppressed }))
    }
}

fn preferences(site: &Site, words: &Catalogue, reader: &Reader, notice: String) -> Response {
    // What can't be joined any more is shown to who has it.
    let has = |newsletter: &Newsletter| reader.subscriptions.iter().any(|tie| tie.newsletter == newsletter.id.as_str());
    let shown = site.press().config().newsletters.iter().filter(|newsletter| newsletter.listed || has(newsletter));
    let choices: Vec<Choice> = shown.map(|newsletter| choice(site, words, newsletter, reader)).collect();
    // Masked: a message with this link may be forwarded.
    let for_whom = words.tell("preferences-for", &[("address", reader.subscriber.email.masked().into())]);
    let page = site.press().preferences_url(reader.subscriber.id);
    let weeks = |number| Weeks { number, text: words.tell("weeks", &[("count", number.into())]) };
    site.page(
        StatusCode::OK,
        &Preferences {
            frame: Frame::new(site, words, words.say("preferences-title")),
            notice,
            for_whom,
            name: reader.subscriber.name.clone(),
            name_limit: NAME_LIMIT,
            is_suppressed: reader.is_suppressed,
            contact: site.contact().unwrap_or_default().to_owned(),
            may_leave_all: choices.len() > 1 && choices.iter().any(|choice| choice.is_on),
            choices,
            weeks: [1, 2, 4, 8, MOST_WEEKS].map(weeks).into(),
            data: format!("{page}/data"),
            erase: format!("{page}/erase"),
        },
    )
}

fn choice(site: &Site, words: &Catalogue, newsletter: &Newsletter, reader: &Reader) -> Choice {
    let id = newsletter.id.as_str();
    let found = reader.subscriptions.iter().find(|tie| tie.newsletter == id);
    let zone = newsletter.timezone.zone();
    let day = |at: DateTime<Utc>| words.date(at.with_timezone(&zone).date_naive());
    let named = |message: &str| words.tell(message, &[("newsletter", newsletter.name.as_str().into())]);
    let dated = |message: &str, at: Option<DateTime<Utc>>| match at {
        Some(at) => words.tell(&format!("{message}-on"), &[("date", day(at).into())]),
        None => words.say(message),
    };
    let paused = found.and_then(|tie| tie.paused_until).filter(|until| *until > site.press().now());
    let (state, join) = match found.map(|tie| (tie.state, tie)) {
        Some((SubscriptionState::Confirmed, _)) if paused.is_some() => (dated("state-paused", paused), ""),
        Some((SubscriptionState::Confirmed, tie)) => (dated("state-confirmed", tie.confirmed_at), ""),
        Some((SubscriptionState::Pending, _)) => (words.say("state-pending"), "confirm"),
        Some((SubscriptionState::Ended, tie)) => (dated("state-ended", tie.ended_at), "join-again"),
        None => (words.say("state-none"), "join"),
    };
    let is_on = join.is_empty();
    let button = if is_on { "leave" } else { join };
    let without = found.map(|tie| tie.without.as_slice()).unwrap_or_default();
    let platforms = newsletter.platforms.iter().filter_map(|id| site.press().config().platform(id.as_str()));
    let platforms: Vec<Platform> = platforms
        .map(|platform| Platform {
            id: platform.id.to_string(),
            name: platform.name.to_string(),
            is_on: !without.iter().any(|id| id == platform.id.as_str()),
        })
        .collect();
    let agreed = found.and_then(|tie| tie.opens_agreed_at);
    let opens = if agreed.is_some() { "stop" } else { "allow" };
    Choice {
        named: Named::new(site, words, newsletter),
        state,
        is_on,
        button: words.say(&format!("button-{button}")),
        button_label: named(&format!("label-{button}")),
        has_platforms: is_on && platforms.len() > 1,
        is_chosen: platforms.iter().any(|platform| !platform.is_on),
        platforms,
        save_label: named("label-platforms"),
        is_paused: paused.is_some(),
        pause_label: named("label-pause"),
        resume_label: named("label-resume"),
        asks_for_opens: is_on && newsletter.opens,
        opens_state: dated(if agreed.is_some() { "opens-agreed" } else { "opens-not-agreed" }, agreed),
        opens_button: words.say(&format!("button-opens-{opens}")),
        opens_label: named(&format!("label-opens-{opens}")),
        opens_value: if agreed.is_some() { "no" } else { "yes" },
    }
}

pub(super) fn sample(words: &Catalogue) -> Sample {
    let choice = |id: &str, is_on: bool| Choice {
        named: Named::sample(id),
        state: "You get it: confirmed on <Friday>".to_owned(),
        is_on,
        button: "Leave".to_owned(),
        button_label: "Leave The \"Weekly\" Brief".to_owned(),
        has_platforms: is_on,
        is_chosen: is_on,
        platforms: vec![Platform { id: "beatline".to_owned(), name: "Beat & line".to_owned(), is_on }],
        save_label: "Save".to_owned(),
        is_paused: !is_on,
        pause_label: "Pause".to_owned(),
        resume_label: "Resume".to_owned(),
        asks_for_opens: is_on,
        opens_state: "Not counted".to_owned(),
        opens_button: "Count".to_owned(),
        opens_label: "Count".to_owned(),
        opens_value: "yes",
    };
    Sample::of(&Preferences {
        frame: Frame::sample(words, false),
        notice: "Your name is <Ada> from now on.".to_owned(),
        for_whom: "For a***@example.com".to_owned(),
        name: "Ada \"L\"".to_owned(),
        name_limit: NAME_LIMIT,
        is_suppressed: true,
        contact: "editors@example.org".to_owned(),
        choices: vec![choice("weekly-brief", true), choice("evening", false)],
        may_leave_all: true,
        weeks: vec![Weeks { number: 2, text: "2 weeks".to_owned() }],
        data: "https://brief.example/preferences/k1/data".to_owned(),
        erase: "https://brief.example/preferences/k1/erase".to_owned(),
    })
}
