//! READ ALSO: earlier stories on the same subject, by the platforms that ran the lead.
//!
//! In two steps, because an archive is long: those with a like headline, lead or tag first; of them, those whose whole text
//! is on the subject.

use std::collections::{BTreeMap, BTreeSet};

use super::candidate::Candidate;
use super::text::{Rarity, Words, dot, words};
use crate::store::StoryId;

/// The most links under a lead.
const MOST: usize = 3;
/// So many are read whole.
const READ: usize = 40;
/// So many words of each.
const READ_WORDS: usize = 400;
/// Fewer texts than this are not many.
const FEW: usize = 8;
/// One word in common is an accident.
const SHARED_WORDS: usize = 2;
/// As whole texts: less alike is another subject.
const LEAST: f64 = 0.125;
/// More alike is the same story once more.
const SAME: f64 = 0.8;

/// Those of an archive that may be on the lead's subject, the likeliest first. `platforms` are those the lead ran on,
/// `brief` what is in the brief, which is never linked.
pub fn maybe_related(lead: &Candidate, platforms: &[&str], archive: &[Candidate], brief: &[StoryId]) -> Vec<StoryId> {
    let earlier = archive.iter().filter(|story| {
        story.published_at < lead.published_at
            && story.url != lead.url
            && platforms.contains(&story.platform.as_str())
            && !brief.contains(&story.story)
            && may_be_on(lead, story)
    });
    // A tag is a subject in so many words, so it counts as much as a headline.
    let text = |story: &Candidate| Words::new(&format!("{} {}", story.title, story.tags.join(" ")), &story.lead);
    alike(lead, earlier, text).into_iter().take(READ).map(|(_, story)| story.story).collect()
}

/// Of those that may be, the ones that are; the most alike first. They come with their bodies.
pub fn related(lead: &Candidate, maybe: &[Candidate]) -> Vec<StoryId> {
    let read = |story: &Candidate| {
        let mut lead = words(&format!("{} {}", story.lead, story.body));
        lead.truncate(READ_WORDS);
        Words { title: words(&format!("{} {}", story.title, story.tags.join(" "))), lead }
    };
    // Among a few whole texts the words that many of them hold are those that say nothing.
    let mut holders: BTreeMap<String, usize> = BTreeMap::new();
    for text in maybe.iter().map(read) {
        let distinct: BTreeSet<String> = text.title.into_iter().chain(text.lead).collect();
        for word in distinct {
            *holders.entry(word).or_default() += 1;
        }
    }
    let says_something = |word: &String| holders.get(word).is_none_or(|many| *many < FEW.max(maybe.len() / 3));
    let text = |story: &Candidate| {
        let mut text = read(story);
        text.title.retain(says_something);
        text.lead.retain(says_something);
        text
    };
    let found = alike(lead, maybe.iter(), text).into_iter().filter(|(cosine, _)| (LEAST..SAME).contains(cosine));
    found.take(MOST).map(|(_, story)| story.story).collect()
}

/// Where both are tagged, a word of the one's tags stands in the other's tags or headline.
fn may_be_on(lead: &Candidate, story: &Candidate) -> bool {
    let tags = |story: &Candidate| -> BTreeSet<String> { words(&story.tags.join(" ")).into_iter().collect() };
    let (of_lead, of_story) = (tags(lead), tags(story));
    let is_named =
        |tags: &BTreeSet<String>, story: &Candidate| words(&story.title).iter().any(|word| tags.contains(word));
    of_lead.is_empty()
        || of_story.is_empty()
        || !of_lead.is_disjoint(&of_story)
        || is_named(&of_lead, story)
        || is_named(&of_story, lead)
}

/// Those with a word or two in common with the lead, with the cosine.
fn alike<'a>(
    lead: &Candidate,
    stories: impl Iterator<Item = &'a Candidate>,
    text: impl Fn(&Candidate) -> Words,
) -> Vec<(f64, &'a Candidate)> {
    let stories: Vec<&Candidate> = stories.collect();
    let mut texts: Vec<Words> = stories.iter().map(|story| text(story)).collect();
    texts.push(text(lead));
    let rarity = Rarity::among(&texts);
    let of_lead = rarity.vector(&text(lead));
    let is_shared = |word: u32| of_lead.binary_search_by_key(&word, |(word, _)| *word).is_ok();
    let mut alike: Vec<(f64, &Candidate)> = stories
        .into_iter()
        .zip(&texts)
        .filter_map(|(story, text)| {
            let vector = rarity.vector(text);
            let shared = vector.iter().filter(|(word, _)| is_shared(*word)).count();
            (shared >= SHARED_WORDS).then(|| (dot(&of_lead, &vector), story))
        })
        .collect();
    alike.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then(b.1.published_at.cmp(&a.1.published_at)).then(a.1.story.cmp(&b.1.story))
    });
    alike
}
