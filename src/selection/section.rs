//! Parts of a brief with a rule of their own: "3 from Afrobeatz+", "1 opinion", "sponsored".

use super::candidate::Candidate;

/// What a section takes, from what the brief itself left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionRule {
    pub title: String,
    /// The most stories.
    pub stories: usize,
    /// Of these platforms; of all where it is empty.
    pub platforms: Vec<String>,
    /// Whose own section, or a tag, is one of these, however it is written; any where it is empty.
    pub topics: Vec<String>,
    /// Its stories stand nowhere else in the brief.
    pub is_exclusive: bool,
    /// Its stories are paid for: they stand nowhere else, and take nobody's place.
    pub is_sponsored: bool,
}

impl SectionRule {
    pub fn takes(&self, story: &Candidate) -> bool {
        let is_of_platform = self.platforms.is_empty() || self.platforms.contains(&story.platform);
        let is_on = |topic: &String| {
            let is_same = |name: &String| name.to_lowercase() == topic.to_lowercase();
            is_same(&story.section) || story.tags.iter().any(is_same)
        };
        is_of_platform && (self.topics.is_empty() || self.topics.iter().any(is_on))
    }

    /// Whether what it takes is kept from the rest of the brief.
    pub fn keeps(&self, story: &Candidate) -> bool {
        (self.is_exclusive || self.is_sponsored) && self.takes(story)
    }
}
