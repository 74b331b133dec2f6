//! What a brief would hold: rows and configuration in, the selection's picks with their stories out.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use super::counted::usual_counts;
use super::knowledge::{Past, Times, candidates, platforms, signal_stories, told};
use super::learning::taste;
use crate::config::Newsletter;
use crate::feeds::pictures_in;
use crate::selection::{
    Candidate, Knowledge, Pick, Prior, Rule, Selection, SignalStory, Usual, maybe_related, related, select,
};
use crate::store::{
    Db, Decision, Edition, EditionLink, EditionStory, LinkList, Story, StoryId, StoryOverride, Verdict,
    known_newsletter_number,
};

/// A story published so long before the window is still taken where it only came since the edition before: once, as none
/// is sent twice.
pub(super) const LATE: TimeDelta = TimeDelta::hours(24);

/// Pictures of a story that an editor may choose from.
const IMAGES: usize = 12;

/// READ ALSO looks back this far, and at so many stories.
const ARCHIVE_DAYS: i64 = 365;
const ARCHIVE: usize = 20_000;

/// What a newsletter's next brief would hold.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// The lead first; then those of the sections, in their order.
    pub picks: Vec<SelectedStory>,
    /// Those that would come next, each with what kept it out.
    pub shortlist: Vec<SelectedStory>,
    /// Stories of the window that cannot be in: dropped, embargoed, expired or sent already.
    pub kept_out: Vec<SelectedStory>,
    pub must_read: Vec<SelectedLink>,
    /// Earlier stories under the lead; only known of an edition.
    pub read_also: Vec<SelectedLink>,
}

/// A story with what selection and the editor said of it.
#[derive(Clone, Debug)]
pub struct SelectedStory {
    /// As readers see it.
    pub story: Story,
    pub score: f64,
    pub reasons: Vec<String>,
    pub is_pinned: bool,
    pub is_dropped: bool,
    /// What the editor overrides of it.
    pub overridden: Vec<&'static str>,
    /// The editor's; empty where the platform and the section stand there.
    pub kicker: String,
    /// The addresses of the story's own pictures, its lead first, whatever the editor made of it.
    pub images: Vec<String>,
    /// The ids of other platforms that ran it.
    pub also_on: Vec<String>,
    /// The title of the part of the brief it stands in; empty for the brief itself.
    pub section: String,
}

/// A headline beside the stories.
#[derive(Clone, Debug)]
pub struct SelectedLink {
    /// As readers see it.
    pub story: Story,
    pub reason: String,
}

/// Everything a brief is chosen by.
pub(super) struct Material {
    pub candidates: Vec<Candidate>,
    /// Those that are candidates by themselves, and not because they are pinned.
    pub in_window: HashSet<StoryId>,
    pub rule: Rule,
    signal_stories: Vec<SignalStory>,
    usual: Usual,
    prior: Prior,
    names: BTreeMap<String, String>,
    /// The candidates as they are stored.
    stories: HashMap<StoryId, Story>,
    past: Past,
}

impl Press {
    /// What would be picked now.
    pub fn candidates(&self, newsletter: &Newsletter) -> Result<Selected> {
        let now = self.now();
        let times = Times { window: (newsletter.window_start(now), now), goes_out: self.next_run(newsletter) };
        self.store().read(|db| {
            let material = self.material(db, newsletter, times)?;
            let selection = material.select();
            let pick = |pick: &Pick| material.shown(db, newsletter, pick);
            let of_list = |picks: &[Pick]| picks.iter().map(pick).collect::<Result<Vec<_>>>();
            let must_read =
                selection.must_read.iter().map(|one| link(db, material.story(one.story)?, one.reason.clone()));
            Ok(Selected {
                picks: of_list(&selection.picks)?,
                shortlist: of_list(&selection.shortlist)?,
                kept_out: of_list(&selection.kept_out)?,
                must_read: must_read.collect::<Result<_>>()?,
                read_also: Vec::new(),
            })
        })
    }

    /// A draft's stories in their order, as they are stored, and what came next.
    pub fn drafted(&self, edition: &Edition) -> Result<Selected> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let window = (edition.window_start, edition.window_end);
        let times = Times { window, goes_out: edition.goes_out_at().unwrap_or_else(|| self.next_run(newsletter)) };
        self.store().read(|db| {
            let material = self.material(db, newsletter, times)?;
            let selection = material.select();
            let stored = edition.stories(db)?;
            let is_in: HashSet<StoryId> = stored.iter().map(|(story, _)| story.id).collect();
            let others = |picks: &[Pick]| {
                let others = picks.iter().filter(|pick| !is_in.contains(&pick.story));
                others.map(|pick| material.shown(db, newsletter, pick)).collect::<Result<Vec<_>>>()
            };
            let links = |list| -> Result<Vec<SelectedLink>> {
                edition.links(db, list)?.into_iter().map(|(story, one)| link(db, story, one.reason)).collect()
            };
            Ok(Selected {
                picks: stored
                    .into_iter()
                    .map(|(story, one)| {
                        let decision = material.decision(story.id);
                        shown(db, story, one, &decision)
                    })
                    .collect::<Result<_>>()?,
                shortlist: others(&selection.shortlist)?,
                kept_out: others(&selection.kept_out)?,
                must_read: links(LinkList::MustRead)?,
                read_also: links(LinkList::ReadAlso)?,
            })
        })
    }

    /// The stories of an edition that is no draft any more, in their order, as they are stored.
    pub fn carried(&self, edition: &Edition) -> Result<Selected> {
        self.store().read(|db| {
            let stored = edition.stories(db)?.into_iter();
            let open = |story: &Story| Decision::open(story.id, edition.created_at);
            let picks = stored.map(|(story, one)| {
                let decision = open(&story);
                shown(db, story, one, &decision)
            });
            Ok(Selected { picks: picks.collect::<Result<_>>()?, ..Selected::default() })
        })
    }

    /// When a draft without a run of its own goes out.
    pub(super) fn next_run(&self, newsletter: &Newsletter) -> DateTime<Utc> {
        let now = self.now();
        newsletter.schedule.next_after(now, newsletter.timezone.zone()).unwrap_or(now)
    }

    /// What the stories of a window, and those that are pinned, give the selection to choose from.
    pub(super) fn material(&self, db: &Db, newsletter: &Newsletter, times: Times) -> Result<Material> {
        let past = Past::load(db, newsletter)?;
        let before = match known_newsletter_number(db, newsletter.id.as_str())? {
            Some(number) => Edition::last_window_end(db, number)?,
            None => None,
        };
        let mut stories = stories_in(db, newsletter, times.window, before)?;
        let in_window: HashSet<StoryId> = stories.iter().map(|story| story.id).collect();
        // A pinned story is in, however old.
        let pins = past.decisions.values().filter(|decision| decision.is_pin() && !in_window.contains(&decision.story));
        for decision in pins {
            stories.extend(Story::find(db, decision.story)?);
        }
        let until = times.window.1;
        let taste = taste(db, newsletter)?;
        Ok(Material {
            candidates: candidates(db, newsletter, &stories, &past, until)?,
            in_window,
            signal_stories: signal_stories(db, (times.window.0 - LATE, until))?,
            usual: usual_counts(db, &platforms(newsletter), until)?,
            rule: Rule { weights: taste.weights, ..self.rule(newsletter, times) },
            prior: taste.prior,
            names: self.platform_names(),
            stories: stories.into_iter().map(|story| (story.id, story)).collect(),
            past,
        })
    }

    /// Gives a draft its stories anew, and the headlines beside them; answers how many stories it has.
    pub(super) fn pick_stories(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        edition: &Edition,
        material: &Material,
    ) -> Result<usize> {
        let selection = material.select();
        let picked: Vec<EditionStory> = selection.picks.iter().map(|pick| edition_story(newsletter, pick)).collect();
        edition.set_stories(db, &picked)?;
        let must_read: Vec<EditionLink> = selection
            .must_read
            .iter()
            .map(|one| EditionLink { story: one.story, reason: one.reason.clone() })
            .collect();
        edition.set_links(db, LinkList::MustRead, &must_read)?;
        let lead = selection.picks.first().and_then(|pick| Some((pick, material.stories.get(&pick.story)?)));
        let read_also = match lead {
            Some((pick, story)) => read_also(db, pick, story, &selection)?,
            None => Vec::new(),
        };
        edition.set_links(db, LinkList::ReadAlso, &read_also)?;
        Ok(picked.iter().filter(|one| !one.is_sponsored).count())
    }
}

impl Material {
    pub fn knowledge(&self) -> Knowledge<'_> {
        Knowledge {
            signal_stories: &self.signal_stories,
            usual: Some(&self.usual),
            prior: Some(&self.prior),
            names: Some(&self.names),
        }
    }

    pub fn select(&self) -> Selection {
        select(&self.candidates, &self.knowledge(), &self.rule)
    }

    fn story(&self, id: StoryId) -> Result<Story> {
        Ok(self.stories.get(&id).context("a story is gone")?.clone())
    }

    fn shown(&self, db: &Db, newsletter: &Newsletter, pick: &Pick) -> Result<SelectedStory> {
        shown(db, self.story(pick.story)?, edition_story(newsletter, pick), &self.decision(pick.story))
    }

    fn decision(&self, id: StoryId) -> Decision {
        self.past.decisions.get(&id).copied().unwrap_or_else(|| Decision::open(id, DateTime::UNIX_EPOCH))
    }
}

/// As a row of an edition.
fn edition_story(newsletter: &Newsletter, pick: &Pick) -> EditionStory {
    let section = pick.section.and_then(|number| newsletter.sections.get(number));
    EditionStory {
        story: pick.story,
        reasons: pick.reasons.clone(),
        score: pick.score,
        also_on: named_once(pick.also_on.iter().map(|also| also.platform.clone())),
        section: section.map_or_else(String::new, |section| section.title.to_string()),
        is_sponsored: section.is_some_and(|section| section.sponsored),
    }
}

/// A story as readers see it.
fn shown(db: &Db, mut story: Story, picked: EditionStory, decision: &Decision) -> Result<SelectedStory> {
    let edited = StoryOverride::find(db, story.id)?;
    let images = images_of(&story);
    edited.apply(&mut story);
    let EditionStory { score, reasons, also_on, section, .. } = picked;
    Ok(SelectedStory {
        story,
        score,
        reasons,
        is_pinned: decision.is_pin(),
        is_dropped: decision.verdict == Verdict::Drop,
        overridden: edited.fields(),
        kicker: edited.kicker.unwrap_or_default(),
        images,
        also_on,
        section,
    })
}

/// The lead picture of a story and those in its text, each once.
fn images_of(story: &Story) -> Vec<String> {
    let lead = story.image.iter().map(|image| image.url.clone());
    named_once(lead.chain(pictures_in(&story.body)).take(IMAGES))
}

fn link(db: &Db, mut story: Story, reason: String) -> Result<SelectedLink> {
    StoryOverride::find(db, story.id)?.apply(&mut story);
    Ok(SelectedLink { story, reason })
}

/// Earlier stories on the lead's subject, by the platforms that ran it.
fn read_also(db: &Db, pick: &Pick, lead: &Story, selection: &Selection) -> Result<Vec<EditionLink>> {
    let platforms: Vec<&str> =
        pick.also_on.iter().map(|also| also.platform.as_str()).chain([lead.platform.as_str()]).collect();
    let mut archive = Story::before(db, &platforms, lead.published_at, ARCHIVE)?;
    archive.retain(|story| story.published_at >= lead.published_at - TimeDelta::days(ARCHIVE_DAYS));
    let archive: Vec<Candidate> = archive.iter().map(told).collect();
    let told_of = |id: &StoryId| Ok(told(&Story::find(db, *id)?.context("a story is gone")?));
    let picks = selection.picks.iter().flat_map(|pick| pick.also_on.iter().map(|also| also.story).chain([pick.story]));
    let brief: Vec<StoryId> = picks.chain(selection.must_read.iter().map(|one| one.story)).collect();
    let lead = told(lead);
    let maybe = maybe_related(&lead, &platforms, &archive, &brief);
    let found = related(&lead, &maybe.iter().map(told_of).collect::<Result<Vec<Candidate>>>()?);
    Ok(found.into_iter().map(|story| EditionLink { story, reason: String::new() }).collect())
}

/// The stories of a window, with those that came late; `before` is where the window of the edition before ended.
pub(super) fn stories_in(
    db: &Db,
    newsletter: &Newsletter,
    window: (DateTime<Utc>, DateTime<Utc>),
    before: Option<DateTime<Utc>>,
) -> Result<Vec<Story>> {
    let mut stories = Story::published_between(db, &platforms(newsletter), window.0 - LATE, window.1)?;
    let since = before.map_or(window.0, |end| end.min(window.0));
    stories.retain(|story| story.published_at >= window.0 || story.first_seen_at >= since);
    Ok(stories)
}

/// In their order, each once.
fn named_once(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}
