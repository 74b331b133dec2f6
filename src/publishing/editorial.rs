//! What an editor does by hand: stories added, edited and decided upon, and an edition's own words.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use url::Url;

use super::Press;
use super::pins::pin_at;
use crate::config::Newsletter;
use crate::feeds::canonical_url;
use crate::store::{
    Db, Decision, Edition, EditionState, EditionWords, Story, StoryId, StoryImage, StoryOverride, Upserted, Verdict,
};

/// What an editor wants of a story in a newsletter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Where its score puts it.
    Pin,
    /// At this place, 1 is the lead; pins that stand there make room.
    PinAt(u32),
    Unpin,
    Drop,
    Undrop,
    /// `None` takes the embargo back.
    Embargo(Option<DateTime<Utc>>),
    /// `None` takes the expiry back.
    Expire(Option<DateTime<Utc>>),
}

/// A story that no feed brought.
#[derive(Clone, Debug, Default)]
pub struct NewStory {
    pub platform: String,
    pub url: String,
    pub headline: String,
    pub standfirst: String,
    pub bylines: Vec<String>,
    pub section: String,
    pub image: Option<StoryImage>,
    /// Now, where it is missing.
    pub published_at: Option<DateTime<Utc>>,
}

/// Changes of a draft's own words; `None` leaves one as it is, an empty text takes it back.
#[derive(Clone, Debug, Default)]
pub struct EditionEdit {
    pub subject: Option<String>,
    pub preheader: Option<String>,
    pub intro: Option<String>,
    /// These stories are pinned to the first places, in this order; other pins lose their places.
    pub order: Option<Vec<StoryId>>,
}

impl Press {
    /// The story of this number or URL.
    pub fn story(&self, what: &str) -> Result<Story> {
        self.store().read(|db| story(db, what))
    }

    /// Adds a story by hand. One that is known by its URL already is an error, which names it.
    pub fn add_story(&self, new: NewStory) -> Result<Story> {
        let now = self.now();
        if self.config().platform(&new.platform).is_none() {
            let known: Vec<&str> = self.config().platforms.iter().map(|platform| platform.id.as_str()).collect();
            bail!("there is no platform {:?}; the configuration has {}", new.platform, known.join(", "));
        }
        let url = web_url(&new.url)?;
        if let Some(image) = &new.image {
            web_url(&image.url).context("the image")?;
        }
        let headline = one_line(&new.headline);
        if headline.is_empty() {
            bail!("a story needs a headline");
        }
        let story = Story {
            id: StoryId(0),
            platform: new.platform,
            feed: None,
            guid: url.clone(),
            url: url.clone(),
            headline,
            standfirst: one_line(&new.standfirst),
            bylines: new.bylines,
            section: new.section,
            tags: Vec::new(),
            published_at: new.published_at.unwrap_or(now),
            updated_at: None,
            first_seen_at: now,
            image: new.image,
            comments: None,
            body: String::new(),
            words: 0,
        };
        self.store().write(|db| {
            let of_platform = |known: &Story| known.platform == story.platform;
            if let Some(known) = Story::with_url(db, &url)?.into_iter().find(of_platform) {
                bail!("{url} is story {} already; `griot story edit {}` changes it", known.id.0, known.id.0);
            }
            let added = story.upsert(db, now)?;
            debug_assert_eq!(added, Upserted::Added);
            Story::with_url(db, &url)?.into_iter().find(of_platform).context("the story is gone from the store")
        })
    }

    /// Changes what an editor overrides of a story.
    pub fn edit_story(&self, story: &Story, change: impl FnOnce(&mut StoryOverride)) -> Result<StoryOverride> {
        let now = self.now();
        self.store().write(|db| {
            let mut edited = StoryOverride::find(db, story.id)?;
            change(&mut edited);
            override_story(db, story.id, edited, now)
        })
    }

    /// Writes down what an editor wants of a story, and makes the newsletter's draft again around it, if there is one.
    pub fn decide(&self, newsletter: &Newsletter, story: &Story, wish: Wish) -> Result<Option<Edition>> {
        let now = self.now();
        self.store().write(|db| {
            decide(db, newsletter.id.as_str(), story.id, wish, now)?;
            self.refresh(db, newsletter)
        })
    }

    /// The same with several wishes at once: all of them, or with an error none.
    pub fn decide_all(&self, newsletter: &Newsletter, story: &Story, wishes: &[Wish]) -> Result<StoryId> {
        let now = self.now();
        self.store().write(|db| {
            wishes.iter().try_for_each(|wish| decide(db, newsletter.id.as_str(), story.id, *wish, now))?;
            self.refresh(db, newsletter)?;
            Ok(story.id)
        })
    }

    /// Gives a draft its own words, and its stories their order.
    pub fn edit_edition(&self, edition: &Edition, edit: &EditionEdit) -> Result<Edition> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let now = self.now();
        let words = edition.words();
        let or = |given: &Option<String>, known: String| given.clone().unwrap_or(known);
        let words = EditionWords {
            subject: or(&edit.subject, words.subject),
            preheader: or(&edit.preheader, words.preheader),
            intro: or(&edit.intro, words.intro),
        };
        self.store().write(|db| {
            set_words(db, edition, words)?;
            if let Some(order) = &edit.order {
                set_order(db, newsletter.id.as_str(), order, now)?;
                self.refresh(db, newsletter)?;
            }
            Edition::find(db, edition.id)?.context("the edition is gone from the store")
        })
    }
}

pub(super) fn set_words(db: &Db, edition: &Edition, words: EditionWords) -> Result<()> {
    let words = EditionWords {
        subject: one_line(&words.subject),
        preheader: one_line(&words.preheader),
        // As a form sends them.
        intro: words.intro.replace("\r\n", "\n").trim().to_owned(),
    };
    if words.intro.chars().any(|c| c.is_control() && c != '\n') {
        bail!("the intro holds a control character; leave out all but line breaks");
    }
    if !edition.set_words(db, &words)? {
        bail!("{} is {}; only a draft can be edited", edition.name, edition.state);
    }
    Ok(())
}

/// Pins these stories to the first places, in this order; other pins lose their places.
pub(super) fn set_order(db: &Db, newsletter: &str, order: &[StoryId], now: DateTime<Utc>) -> Result<()> {
    for decision in Decision::all(db, newsletter)? {
        if let Verdict::Pin { place: Some(_) } = decision.verdict {
            Decision { verdict: Verdict::Pin { place: None }, ..decision }.save(db, newsletter)?;
        }
    }
    for (place, story) in (1..).zip(order) {
        Story::find(db, *story)?.with_context(|| no_story(story.0))?;
        let verdict = Verdict::Pin { place: Some(place) };
        Decision { verdict, decided_at: now, ..Decision::find(db, newsletter, *story, now)? }.save(db, newsletter)?;
    }
    Ok(())
}

pub(super) fn override_story(
    db: &Db,
    story: StoryId,
    mut edited: StoryOverride,
    now: DateTime<Utc>,
) -> Result<StoryOverride> {
    if let Some(url) = edited.image_url.as_mut().filter(|url| !url.is_empty()) {
        web_url(url).context("the image")?;
    }
    for text in [&mut edited.headline, &mut edited.standfirst, &mut edited.kicker, &mut edited.image_alt] {
        *text = text.as_deref().map(one_line);
    }
    // A story without a headline, or an empty kicker, is none of an editor's: the story's own stands.
    edited.headline = edited.headline.filter(|headline| !headline.is_empty());
    edited.kicker = edited.kicker.filter(|kicker| !kicker.is_empty());
    edited.save(db, story, now)?;
    Ok(edited)
}

/// Writes down what an editor wants of a story; the draft is to be made again around it.
pub(super) fn decide(db: &Db, newsletter: &str, story: StoryId, wish: Wish, now: DateTime<Utc>) -> Result<()> {
    let mut decision = Decision { decided_at: now, ..Decision::find(db, newsletter, story, now)? };
    match wish {
        Wish::Pin => decision.verdict = Verdict::Pin { place: None },
        Wish::PinAt(place) => {
            for moved in pin_at(&mut Decision::all(db, newsletter)?, story, place) {
                moved.save(db, newsletter)?;
            }
            decision.verdict = Verdict::Pin { place: Some(place) };
        }
        Wish::Unpin if matches!(decision.verdict, Verdict::Pin { .. }) => decision.verdict = Verdict::Open,
        Wish::Unpin => bail!("story {} is not pinned in {newsletter}", story.0),
        Wish::Drop => decision.verdict = Verdict::Drop,
        Wish::Undrop if decision.verdict == Verdict::Drop => decision.verdict = Verdict::Open,
        Wish::Undrop => bail!("story {} is not dropped from {newsletter}", story.0),
        Wish::Embargo(until) => decision.embargo_until = until,
        Wish::Expire(at) => decision.expires_at = at,
    }
    if let (Some(until), Some(at)) = (decision.embargo_until, decision.expires_at)
        && at <= until
    {
        bail!("story {} would expire before its embargo ends, so it could never go out", story.0);
    }
    refuse_frozen(db, newsletter, story, wish)?;
    decision.save(db, newsletter)
}

/// What is approved is frozen: to keep a story out of it is too late, and must not look as if it was not.
fn refuse_frozen(db: &Db, newsletter: &str, story: StoryId, wish: Wish) -> Result<()> {
    if !matches!(wish, Wish::Drop | Wish::Embargo(Some(_)) | Wish::Expire(Some(_))) {
        return Ok(());
    }
    let Some(open) = Edition::unfinished(db, newsletter)?.filter(|open| open.state != EditionState::Draft) else {
        return Ok(());
    };
    if Edition::with_story(db, story)?.iter().any(|(name, _)| *name == open.name) {
        bail!(
            "story {} is in {}, which is {} and frozen; `griot edition cancel {}` keeps it from readers who have it not",
            story.0,
            open.name,
            open.state,
            open.name
        );
    }
    Ok(())
}

pub(super) fn story(db: &Db, what: &str) -> Result<Story> {
    if let Ok(id) = what.parse() {
        return Story::find(db, StoryId(id))?.with_context(|| no_story(id));
    }
    let url = web_url(what)?;
    let mut found = Story::with_url(db, &url)?;
    match found.len() {
        0 => bail!("there is no story {url}; `griot stories` shows them, `griot story add` adds one"),
        1 => Ok(found.remove(0)),
        _ => {
            let ids: Vec<String> = found.iter().map(|story| story.id.0.to_string()).collect();
            bail!("{url} is more than one story; name one by its number: {}", ids.join(", "))
        }
    }
}

pub(super) fn no_story(id: i64) -> String {
    format!("there is no story {id}; `griot stories` shows their numbers")
}

/// An address as stories have it, without what only tells how a reader came by it.
pub(super) fn web_url(text: &str) -> Result<String> {
    match canonical_url(text) {
        Ok(url) => Ok(Url::into(url)),
        Err(_) => bail!("{text:?} is no address of a page; write it with https://"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
