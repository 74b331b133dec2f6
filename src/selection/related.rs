//! READ ALSO: earlier stories on the same subject, by the platforms that ran the lead.

use super::candidate::Candidate;
use super::text::{Rarity, Words, dot};
use crate::store::StoryId;

/// The most links under a lead.
const MOST: usize = 3;
/// Less alike is another subject.
const LEAST: f64 = 0.12;
/// One word in common is an accident.
const SHARED_WORDS: usize = 2;
/// More alike is the same story once more.
const SAME: f64 = 0.8;

/// The most alike first. `platforms` are those the lead ran on, `brief` what is in the brief, which is never linked.
pub fn related(lead: &Candidate, platforms: &[&str], archive: &[Candidate], brief: &[StoryId]) -> Vec<StoryId> {
    let earlier: Vec<&Candidate> = archive
        .iter()
        .filter(|story| story.published_at < lead.published_at && story.url != lead.url)
        .filter(|story| platforms.contains(&story.platform.as_str()) && !brief.contains(&story.story))
        .collect();
    let of = |story: &Candidate| Words::new(&story.title, &story.lead);
    let mut texts: Vec<Words> = earlier.iter().map(|story| of(story)).collect();
    texts.push(of(lead));
    let rarity = Rarity::among(&texts);
    let vector = rarity.vector(&of(lead));
    let mut alike: Vec<(f64, &Candidate)> = earlier
        .into_iter()
        .zip(&texts)
        .filter_map(|(story, text)| {
            let other = rarity.vector(text);
            let shared = other.iter().filter(|(word, _)| vector.binary_search_by_key(word, |(word, _)| *word).is_ok());
            let cosine = dot(&vector, &other);
            let is_related = shared.count() >= SHARED_WORDS && (LEAST..SAME).contains(&cosine);
            is_related.then_some((cosine, story))
        })
        .collect();
    alike.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then(b.1.published_at.cmp(&a.1.published_at)).then(a.1.story.cmp(&b.1.story))
    });
    alike.into_iter().take(MOST).map(|(_, story)| story.story).collect()
}
