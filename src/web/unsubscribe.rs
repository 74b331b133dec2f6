use anyhow::Result;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::failure::Failure;
use super::fields::Fields;
use super::frame::Frame;
use super::site::Site;
use super::speaker::Speaker;
use super::told::{Ask, Told};
use crate::catalogue::Catalogue;
use crate::composition::Plain;
use crate::config::Newsletter;
use crate::store::{
    Db, Edition, EditionId, EndedBy, Subscriber, SubscriberId, Subscription, SubscriptionState, newsletter_number,
};
use crate::templates::Sample;
use crate::templates::page;
use crate::token::{Purpose, Token};

/// Why readers leave, as the page offers it; what is kept is the word.
const REASONS: [&str; 5] = ["too-often", "not-for-me", "never-asked", "looks-bad", "other"];
/// Characters of a reader's own words that are kept.
const WORDS_LIMIT: usize = 300;

page! {
    #[derive(askama::Template)]
    "pages/left.html" => struct Left {
        frame: Frame,
        notice: String,
        what_stays: String,
        has_others: bool,
        others: Vec<Other>,
        asks_why: bool,
        reasons: Vec<Reason>,
        preferences: String,
    }
}

/// A newsletter the reader still gets.
#[derive(Debug, Serialize)]
struct Other {
    id: String,
    name: String,
    language: String,
}

#[derive(Debug, Serialize)]
struct Reason {
    id: &'static str,
    text: String,
}

/// What one press of a button on these pages asks for.
enum Step {
    Leave(EndedBy),
    /// Once more in, after a mistake.
    Back,
    /// Further newsletters; all of them where none is named.
    Also(Option<Vec<String>>),
    Tell(String),
}

/// One button. Nothing changes here, whoever or whatever opens it (RFC 8058 §1, §3.2).
pub(super) async fn ask(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let token = site.open(Purpose::Unsubscribe, &token)?;
    let newsletter = site.newsletter(token.newsletter).await?;
    let title = words.tell("leave-title", &[("newsletter", site.name_of(&words, newsletter).into())]);
    Ok(site.page(
        StatusCode::OK,
        &Ask {
            frame: Frame::new(&site, &words, title),
            texts: vec![words.say("leave-text")],
            newsletters: Vec::new(),
            button: words.say("leave-button"),
            after: String::new(),
            link: site.press().preferences_url(SubscriberId(token.subscriber)),
            link_text: words.say("leave-instead"),
        },
    ))
}

/// Ends the subscription: by a mail program's one-click (RFC 8058 §3.2) or by the page's button. What the page then
/// offers comes here too: to go back, to leave more, to say why.
///
/// Answers 200 with the same words however often it comes, and where there is nothing left to end: an erased reader, a
/// newsletter that is no longer configured.
pub(super) async fn leave(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let token = site.open(Purpose::Unsubscribe, &token)?;
    let step = Step::read(&fields).ok_or(Failure::NothingChosen)?;
    let newsletter = site.newsletter(token.newsletter).await?;
    let name = site.name_of(&words, newsletter);
    let title = words.tell("left-title", &[("newsletter", name.clone().into())]);
    let is_one_click = matches!(step, Step::Leave(EndedBy::OneClick));
    let notice = match &step {
        Step::Back => words.tell("left-is-back", &[("newsletter", name.into())]),
        Step::Tell(_) => words.say("left-told"),
        Step::Also(Some(named)) if named.is_empty() => words.say("nothing-changed"),
        Step::Also(_) => words.say("left-also"),
        Step::Leave(_) => String::new(),
    };
    let is_back = matches!(step, Step::Back);
    let told = matches!(step, Step::Tell(_));
    let ties = site.change(move |db, press| step.take(db, press.now(), token)).await?;
    if is_one_click {
        return Ok(format!("{title}.\n").into_response());
    }
    let preferences = site.press().preferences_url(SubscriberId(token.subscriber));
    if is_back {
        let page = Told::new(&site, &words, words.say("back-title"), vec![notice]).with_link(
            words.say("confirmed-leave"),
            words.say("see-everything"),
            preferences,
        );
        return Ok(page.answer(&site, StatusCode::OK));
    }
    let still: Vec<&Newsletter> = ties
        .iter()
        .filter(|tie| tie.state == SubscriptionState::Confirmed)
        .filter_map(|tie| site.press().config().newsletter(&tie.newsletter))
        .collect();
    let others: Vec<Other> = still
        .iter()
        .map(|newsletter| Other {
            id: newsletter.id.to_string(),
            name: newsletter.name.to_string(),
            language: site.language_of(newsletter).as_str().to_owned(),
        })
        .collect();
    let reasons = REASONS.into_iter().map(|id| Reason { id, text: words.say(&format!("left-reason-{id}")) });
    Ok(site.page(
        StatusCode::OK,
        &Left {
            frame: Frame::new(&site, &words, title),
            notice,
            what_stays: what_stays(&words, &still),
            has_others: !others.is_empty(),
            others,
            asks_why: !told,
            reasons: reasons.collect(),
            preferences,
        },
    ))
}

impl Step {
    fn read(fields: &Fields) -> Option<Self> {
        if fields.has("List-Unsubscribe", "One-Click") {
            Some(Self::Leave(EndedBy::OneClick))
        } else if fields.has("confirm", "yes") {
            Some(Self::Leave(EndedBy::Page))
        } else if fields.has("back", "yes") {
            Some(Self::Back)
        } else if fields.has("leave", "all") {
            Some(Self::Also(None))
        } else if fields.has("leave", "these") {
            Some(Self::Also(Some(fields.all("also").map(str::to_owned).collect())))
        } else if fields.get("reason").is_some() || fields.get("words").is_some() {
            let known = fields.get("reason").and_then(|reason| REASONS.into_iter().find(|known| *known == reason));
            let words: String =
                Plain::new(fields.get("words").unwrap_or_default()).as_str().chars().take(WORDS_LIMIT).collect();
            let parts: Vec<&str> =
                [known.unwrap_or_default(), words.trim()].into_iter().filter(|part| !part.is_empty()).collect();
            Some(Self::Tell(parts.join(": ")))
        } else {
            None
        }
    }

    /// Makes the change; answers all of the reader's subscriptions as they are then.
    fn take(self, db: &Db, now: DateTime<Utc>, token: Token) -> Result<Vec<Subscription>> {
        let subscriber = SubscriberId(token.subscriber);
        match self {
            Self::Leave(by) => {
                // Without its row, as in a store that was restored, the edition can't be put on record.
                let edition = token.edition.map(|edition| EditionId(edition.into()));
                let edition = edition.map(|id| Edition::find(db, id)).transpose()?.flatten().map(|edition| edition.id);
                Subscription::end(db, token.newsletter, subscriber, by, edition, now)?;
            }
            Self::Back => {
                let ended = Subscription::find(db, token.newsletter, subscriber)?
                    .is_some_and(|tie| tie.state == SubscriptionState::Ended && tie.confirmed_at.is_some());
                if ended && Subscriber::find(db, subscriber)?.is_some() {
                    let confirmed = SubscriptionState::Confirmed;
                    Subscription::begin(db, token.newsletter, subscriber, confirmed, "form", now)?;
                }
            }
            Self::Also(named) => {
                for tie in Subscription::of(db, subscriber)? {
                    if named.as_ref().is_none_or(|named| named.contains(&tie.newsletter)) {
                        let number = newsletter_number(db, &tie.newsletter)?;
                        Subscription::end(db, number, subscriber, EndedBy::Page, None, now)?;
                    }
                }
            }
            Self::Tell(reason) => Subscription::tell_reason(db, token.newsletter, subscriber, &reason)?,
        }
        Subscription::of(db, subscriber)
    }
}

fn what_stays(words: &Catalogue, still: &[&Newsletter]) -> String {
    if still.is_empty() {
        return words.say("never-again");
    }
    let names: Vec<&str> = still.iter().map(|newsletter| newsletter.name.as_str()).collect();
    words.tell("left-still", &[("newsletters", words.listed(&names).into()), ("count", names.len().into())])
}

pub(super) fn sample(words: &Catalogue) -> Sample {
    Sample::of(&Left {
        frame: Frame::sample(words, false),
        notice: "Thank you & \"all\" the best.".to_owned(),
        what_stays: "Another <one> still comes.".to_owned(),
        has_others: true,
        others: vec![Other {
            id: "evening".to_owned(),
            name: "The <Evening> Note".to_owned(),
            language: "en".to_owned(),
        }],
        asks_why: true,
        reasons: vec![Reason { id: "other", text: words.say("left-reason-other") }],
        preferences: "https://brief.example/preferences/k1".to_owned(),
    })
}
