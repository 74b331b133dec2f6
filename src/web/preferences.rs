use anyhow::Result;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::answer::page;
use super::failure::Failure;
use super::fields::Fields;
use super::site::Site;
use crate::composition::{Plain, words};
use crate::config::{Line, Newsletter};
use crate::publishing::Press;
use crate::store::{
    Db, EndedBy, Subscriber, SubscriberId, Subscription, SubscriptionState, Suppression, newsletter_number,
};
use crate::token::Purpose;

/// Characters of a name that are kept.
const NAME_LIMIT: usize = 100;

#[derive(Template)]
#[template(path = "pages/preferences.html")]
struct Preferences<'a> {
    site: &'a Site,
    title: &'static str,
    notice: Option<String>,
    /// Masked: a message with this link may be forwarded.
    address: String,
    name: &'a str,
    name_limit: usize,
    is_suppressed: bool,
    contact: &'a str,
    choices: Vec<Choice<'a>>,
    may_leave_all: bool,
}

struct Choice<'a> {
    id: &'a str,
    name: &'a Line,
    description: Option<&'a Line>,
    cadence: String,
    state: String,
    is_on: bool,
    /// The word on the button where it is not on.
    join: &'static str,
}

/// A reader as the store knows them.
struct Reader {
    subscriber: Subscriber,
    subscriptions: Vec<Subscription>,
    is_suppressed: bool,
}

/// What one press of a button asks for.
enum Change {
    Leave(String),
    LeaveAll,
    Join(String),
    Rename(String),
}

/// Everything the reader gets and may get, each with a button.
pub(super) async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    let id = SubscriberId(site.open(Purpose::Preferences, &token)?.subscriber);
    let reader = site.ask(move |store, _| store.read(|db| Reader::find(db, id))).await?;
    Ok(preferences(&site, &reader.ok_or(Failure::NothingKept)?, None))
}

/// Makes one change and shows what is so now.
pub(super) async fn change(
    State(site): State<Site>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let id = SubscriberId(site.open(Purpose::Preferences, &token)?.subscriber);
    let change = Change::read(&fields, site.press()).ok_or(Failure::NothingChosen)?;
    let notice = change.notice(&site);
    let reader = site
        .ask(move |store, press| {
            store.write(|db| {
                if Reader::find(db, id)?.is_some() {
                    change.make(db, press, id)?;
                }
                Reader::find(db, id)
            })
        })
        .await?;
    Ok(preferences(&site, &reader.ok_or(Failure::NothingKept)?, Some(notice)))
}

impl Reader {
    fn find(db: &Db, id: SubscriberId) -> Result<Option<Self>> {
        let Some(subscriber) = Subscriber::find(db, id)? else { return Ok(None) };
        let subscriptions = Subscription::of(db, id)?;
        let is_suppressed = Suppression::reason_for(db, &subscriber.email)?.is_some();
        Ok(Some(Self { subscriber, subscriptions, is_suppressed }))
    }
}

impl Change {
    /// `None` where the form asks for nothing, or for a newsletter there is not.
    fn read(fields: &Fields, press: &Press) -> Option<Self> {
        let known = |id: &str| press.config().newsletter(id).map(|newsletter| newsletter.id.as_str().to_owned());
        if fields.has("leave-all", "yes") {
            Some(Self::LeaveAll)
        } else if let Some(id) = fields.get("leave") {
            known(id).map(Self::Leave)
        } else if let Some(id) = fields.get("join") {
            known(id).map(Self::Join)
        } else {
            let name: String = Plain::new(fields.get("name")?).as_str().chars().take(NAME_LIMIT).collect();
            Some(Self::Rename(name.trim_end().to_owned()))
        }
    }

    fn make(&self, db: &Db, press: &Press, id: SubscriberId) -> Result<()> {
        let now = press.now();
        let leave = |newsletter: &str| -> Result<()> {
            let number = newsletter_number(db, newsletter)?;
            Subscription::end(db, number, id, EndedBy::Page, None, now).map(drop)
        };
        match self {
            Self::Leave(newsletter) => leave(newsletter),
            // Those of newsletters that are no longer configured too.
            Self::LeaveAll => Subscription::of(db, id)?.iter().try_for_each(|tie| leave(&tie.newsletter)),
            // The token came by mail to this address, so nothing is left to confirm.
            Self::Join(newsletter) => {
                let number = newsletter_number(db, newsletter)?;
                Subscription::begin(db, number, id, SubscriptionState::Confirmed, "form", now)
            }
            Self::Rename(name) => Subscriber::rename(db, id, name),
        }
    }

    fn notice(&self, site: &Site) -> String {
        let named = |id: &str| site.name_of(site.press().config().newsletter(id));
        match self {
            Self::Leave(id) => format!("You have left {}.", named(id)),
            Self::LeaveAll => "You have left everything. You won't hear from us again.".to_owned(),
            Self::Join(id) => format!("You get {} from now on.", named(id)),
            Self::Rename(name) if name.is_empty() => "Your name is taken away.".to_owned(),
            Self::Rename(name) => format!("Your name is {name} from now on."),
        }
    }
}

fn preferences(site: &Site, reader: &Reader, notice: Option<String>) -> Response {
    let newsletters = &site.press().config().newsletters;
    let choices: Vec<Choice<'_>> =
        newsletters.iter().map(|newsletter| choice(site, newsletter, &reader.subscriptions)).collect();
    let may_leave_all = choices.len() > 1 && choices.iter().any(|choice| choice.is_on);
    page(
        StatusCode::OK,
        &Preferences {
            site,
            title: "What you get",
            notice,
            address: reader.subscriber.email.masked(),
            name: &reader.subscriber.name,
            name_limit: NAME_LIMIT,
            is_suppressed: reader.is_suppressed,
            contact: site.contact().unwrap_or_default(),
            choices,
            may_leave_all,
        },
    )
}

fn choice<'a>(site: &Site, newsletter: &'a Newsletter, subscriptions: &[Subscription]) -> Choice<'a> {
    let id = newsletter.id.as_str();
    let found = subscriptions.iter().find(|subscription| subscription.newsletter == id);
    let since = |verb: &str, at: Option<DateTime<Utc>>| match at {
        Some(at) => {
            let day = at.with_timezone(&newsletter.timezone.zone()).date_naive();
            format!("{verb} on {}", words::date(day))
        }
        None => verb.to_owned(),
    };
    let (state, join) = match found.map(|found| (found.state, found)) {
        Some((SubscriptionState::Confirmed, found)) => (since("You get it: confirmed", found.confirmed_at), ""),
        Some((SubscriptionState::Pending, _)) => ("Waiting for you to confirm".to_owned(), "Confirm"),
        Some((SubscriptionState::Ended, found)) => (since("You left", found.ended_at), "Join again"),
        None => ("You don't get it".to_owned(), "Join"),
    };
    Choice {
        id,
        name: &newsletter.name,
        description: newsletter.description.as_ref(),
        cadence: site.cadence(newsletter),
        state,
        is_on: join.is_empty(),
        join,
    }
}
