use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{PART, address};
use crate::desk::edition::address as edition_address;
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::feeds::PageStory;
use crate::publishing::{NewStory, Revision, Wish};
use crate::saying::time::moment;
use crate::store::{AuditEntry, Edition, EditionName, EditionState, Story, StoryId, StoryImage, is_of_store};
use crate::web::Fields;

/// A story that no feed brings: looked up by its address, or written by hand.
#[derive(Debug, Default)]
struct Written {
    url: String,
    platform: String,
    headline: String,
    standfirst: String,
    by: String,
    section: String,
    image: String,
    alt: String,
    published: String,
}

#[derive(Debug, Template)]
#[template(path = "desk/story_add.html")]
struct AddStory<'a> {
    frame: Frame,
    /// The draft it is to be put into, as people name it; empty for none.
    edition: String,
    /// Where who does not add it goes.
    back: String,
    problem: &'a str,
    /// What was found out and what was not; may be empty.
    told: &'a str,
    written: Written,
    /// Id, name, and whether it is chosen.
    platforms: Vec<(String, String, bool)>,
    zone: String,
}

pub(in crate::desk) async fn ask_add(State(room): State<Room>, signed: Signed) -> Response {
    form(&room, &signed, None, "", "", Written::default())
}

/// The draft that a story is added from, if it is.
async fn draft_of(room: &Room, fields: &Fields) -> Result<Option<Edition>, Failure> {
    let Some(name) = fields.get("edition").filter(|name| !name.is_empty()) else { return Ok(None) };
    let EditionName { newsletter, number } = EditionName::parse(name).ok_or(Failure::Incomplete)?;
    let edition = room.edition(newsletter, number).await?;
    match edition.state {
        EditionState::Draft => Ok(Some(edition)),
        state => Err(Failure::Refused(format!("{} is {state} already, and its content is frozen", edition.name))),
    }
}

/// Puts a story into a draft: pinned, so that it stays whatever comes.
async fn put_into(room: &Room, signed: &Signed, edition: Edition, story: StoryId) -> Result<Response, Failure> {
    let back = edition_address(&edition.name);
    let who = signed.member.name.clone();
    room.ask(move |_, press| press.revise(&edition, &who, &Revision::Wish { story, wish: Wish::Pin })).await?;
    Ok(see_other(&format!("{back}?done=added")))
}

fn form(
    room: &Room,
    signed: &Signed,
    edition: Option<&Edition>,
    problem: &str,
    told: &str,
    written: Written,
) -> Response {
    let config = room.press().config();
    let platforms = config.platforms.iter().map(|platform| {
        let id = platform.id.to_string();
        let is_chosen = id == written.platform;
        (id, platform.name.to_string(), is_chosen)
    });
    let platforms = platforms.collect();
    let frame = Frame::new(room, signed, PART, "Add a story");
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let back = edition.map_or_else(|| PART.to_owned(), |edition| edition_address(&edition.name));
    let edition = edition.map_or_else(String::new, |edition| edition.name.to_string());
    let zone = config.home_zone().to_string();
    page(status, &AddStory { frame, edition, back, problem, told, written, platforms, zone })
}

/// Shows what the page at an address says of itself, to be corrected. Nothing is kept.
pub(in crate::desk) async fn look(
    State(room): State<Room>,
    signed: Signed,
    fields: Fields,
) -> Result<Response, Failure> {
    let url = fields.get("url").ok_or(Failure::Incomplete)?;
    let edition = draft_of(&room, &fields).await?;
    match room.press().look_at_page(url).await {
        Ok(found) => {
            if let Some(edition) = &edition
                && let Some(known) = known_story(&room, found.url.clone()).await?
            {
                return put_into(&room, &signed, edition.clone(), known).await;
            }
            let told = "This is what the page says of itself. Correct it, and add it.";
            Ok(form(&room, &signed, edition.as_ref(), "", told, Written::of(&room, found)))
        }
        Err(error) if is_of_store(&error) => Err(Failure::of(error)),
        Err(error) => {
            let problem = format!("The page could not be looked at: {error:#}. You can fill in the form by hand.");
            let written = Written { url: url.to_owned(), ..Written::default() };
            Ok(form(&room, &signed, edition.as_ref(), &problem, "", written))
        }
    }
}

/// The story of this address, where it is known already.
async fn known_story(room: &Room, url: String) -> Result<Option<StoryId>, Failure> {
    let found = room.ask(move |store, _| store.read(|db| Story::with_url(db, &url))).await?;
    Ok(found.first().map(|story| story.id))
}

impl Written {
    fn of(room: &Room, found: PageStory) -> Self {
        let config = room.press().config();
        let host = url::Url::parse(&found.url).ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
        let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
        let is_of = |platform: &&crate::config::Platform| {
            platform.website.as_url().host_str().map(bare) == host.as_deref().map(bare)
        };
        let zone = config.home_zone();
        let typed = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string();
        Self {
            platform: config.platforms.iter().find(is_of).map_or_else(String::new, |found| found.id.to_string()),
            url: found.url,
            headline: found.headline,
            standfirst: found.standfirst,
            by: found.byline,
            section: found.section,
            image: found.image_url,
            alt: found.image_alt,
            published: found.published_at.map(typed).unwrap_or_default(),
        }
    }

    fn read(fields: &Fields) -> Option<Self> {
        let field = |name: &str| fields.get(name).map(ToOwned::to_owned);
        Some(Self {
            url: field("url")?,
            platform: field("platform")?,
            headline: field("headline")?,
            standfirst: field("standfirst")?,
            by: field("by")?,
            section: field("section")?,
            image: field("image")?,
            alt: field("alt")?,
            published: field("published")?,
        })
    }

    fn as_story(&self, zone: chrono_tz::Tz) -> anyhow::Result<NewStory> {
        let image = StoryImage { url: self.image.clone(), alt: self.alt.clone(), ..StoryImage::default() };
        let names = self.by.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(NewStory {
            platform: self.platform.clone(),
            url: self.url.clone(),
            headline: self.headline.clone(),
            standfirst: self.standfirst.clone(),
            bylines: names.map(ToOwned::to_owned).collect(),
            section: self.section.clone(),
            image: (!image.url.is_empty()).then_some(image),
            published_at: match self.published.as_str() {
                "" => None,
                text => Some(moment(text, zone)?),
            },
        })
    }
}

pub(in crate::desk) async fn add(
    State(room): State<Room>,
    signed: Signed,
    fields: Fields,
) -> Result<Response, Failure> {
    let written = Written::read(&fields).ok_or(Failure::Incomplete)?;
    let edition = draft_of(&room, &fields).await?;
    let story = written.as_story(room.press().config().home_zone());
    let who = signed.member.name.clone();
    let added = room
        .ask(move |store, press| match story.and_then(|story| press.add_story(story)) {
            Err(error) if is_of_store(&error) => Err(error),
            Err(error) => Ok(Err(format!("It is not added: {error:#}."))),
            Ok(story) => {
                let subject = format!("story {}", story.id.0);
                store.write(|db| AuditEntry::add(db, &who, "added", &subject, &story.headline, press.now()))?;
                Ok(Ok(story.id))
            }
        })
        .await?;
    match (added, edition) {
        (Ok(id), Some(edition)) => put_into(&room, &signed, edition, id).await,
        (Ok(id), None) => Ok(see_other(&format!("{}?done=added", address(id)))),
        (Err(problem), edition) => Ok(form(&room, &signed, edition.as_ref(), &problem, "", written)),
    }
}
