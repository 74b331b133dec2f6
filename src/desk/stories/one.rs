use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{PART, address, platform_name, story};
use crate::config::Newsletter;
use crate::desk::failure::Failure;
use crate::desk::frame::{Done, Frame, page};
use crate::desk::guard::Signed;
use crate::desk::room::Room;
use crate::publishing::{KnownStory, Shown};
use crate::saying::time::{in_zone, utc};
use crate::store::{Decision, Story, Verdict};

/// All that is known of one story.
#[derive(Debug, Template)]
#[template(path = "desk/story_page.html")]
struct StoryPage {
    frame: Frame,
    /// Why what was asked for was not done; may be empty.
    problem: String,
    address: String,
    url: String,
    kicker: String,
    standfirst: String,
    image: String,
    image_alt: String,
    /// What it is, one a line.
    facts: Vec<(&'static str, String)>,
    earlier: Vec<String>,
    editions: Vec<(String, String)>,
    signals: Vec<(String, String)>,
    /// As it stands, to see whether somebody else writes meanwhile.
    stands: Shown,
    /// As it stands in the fields.
    written: Shown,
    newsletters: Vec<Say>,
}

/// What an editor says of it for one newsletter.
#[derive(Debug)]
struct Say {
    id: String,
    name: String,
    zone: String,
    sentence: String,
    is_pinned: bool,
    is_dropped: bool,
    embargo: String,
    expiry: String,
}

pub(in crate::desk) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = match done.as_str() {
        "added" => "The story is added. Pin it, and it is in the next edition.",
        "edited" => "It is kept. Drafts have it from when they are made again; what is approved stays as it is.",
        "decided" => "It is written down, and the draft is made again around it.",
        _ => "",
    };
    let found = story(&room, &id).await?;
    story_page(&room, &signed, found, notice, String::new(), None).await
}

/// The page of a story; with a problem, that nothing was changed and why, and what was written.
pub(super) async fn story_page(
    room: &Room,
    signed: &Signed,
    found: Story,
    notice: &'static str,
    problem: String,
    written: Option<Shown>,
) -> Result<Response, Failure> {
    let id = found.id;
    let (known, stands) = room.ask(move |_, press| Ok((KnownStory::of(press, &found)?, press.shown(id)?))).await?;
    let KnownStory { story, earlier, edited, decisions, editions, .. } = &known;
    let (config, now) = (room.press().config(), room.press().now());
    let zone = config.home_zone();
    let platform = platform_name(room, &story.platform);
    let own_kicker = if story.section.is_empty() { platform } else { format!("{platform} · {}", story.section) };
    let facts = [
        ("by", story.bylines.join(", ")),
        ("published", in_zone(story.published_at, zone, now)),
        ("updated", story.updated_at.map_or_else(String::new, |at| in_zone(at, zone, now))),
        ("first seen", in_zone(story.first_seen_at, zone, now)),
        ("tags", story.tags.join(", ")),
        ("words", if story.words == 0 { String::new() } else { story.words.to_string() }),
        ("front page", known.front_page().unwrap_or_default()),
        ("yours", edited.fields().join(", ")),
        ("its own headline", edited.headline.as_ref().map_or_else(String::new, |_| story.headline.clone())),
    ];
    let decided = |newsletter: &Newsletter| {
        let found = decisions.iter().find(|(id, _)| id == newsletter.id.as_str());
        Say::of(newsletter, found.map_or(Decision::open(id, now), |(_, decision)| *decision), now)
    };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page_of = StoryPage {
        frame: Frame::new(room, signed, PART, stands.headline.as_str()).noting(notice),
        problem,
        address: address(id),
        url: story.url.clone(),
        kicker: if stands.kicker.is_empty() { own_kicker } else { stands.kicker.clone() },
        standfirst: stands.standfirst.clone(),
        image: stands.image_url.clone(),
        image_alt: stands.image_alt.clone(),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        earlier: earlier.iter().map(|(old, at)| format!("{old} (until {})", utc(*at))).collect(),
        editions: editions.iter().map(|(name, state)| (name.to_string(), state.clone())).collect(),
        signals: known
            .latest_signals()
            .into_iter()
            .map(|signal| (signal.name.clone(), format!("{} on {}", signal.value, utc(signal.at))))
            .collect(),
        newsletters: config.newsletters.iter().map(decided).collect(),
        written: written.unwrap_or_else(|| stands.clone()),
        stands,
    };
    Ok(page(status, &page_of))
}

impl Say {
    fn of(newsletter: &Newsletter, decision: Decision, now: chrono::DateTime<chrono::Utc>) -> Self {
        let zone = newsletter.timezone.zone();
        // As a field for date and time has it.
        let typed = |at: Option<chrono::DateTime<chrono::Utc>>| {
            at.map_or_else(String::new, |at| at.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string())
        };
        Self {
            id: newsletter.id.to_string(),
            name: newsletter.name.to_string(),
            zone: zone.to_string(),
            sentence: decision.sentence(|at| in_zone(at, zone, now)),
            is_pinned: decision.is_pin(),
            is_dropped: decision.verdict == Verdict::Drop,
            embargo: typed(decision.embargo_until),
            expiry: typed(decision.expires_at),
        }
    }
}
