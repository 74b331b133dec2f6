use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::problem::Step::{self, Index, Key};
use super::{Line, Newsletter, Percent, Platform, PlatformId};

/// `[newsletter.selection]`: how stories are chosen. docs/selection.md says what each term of a score is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selection {
    pub weights: Weights,
    /// From 0, only different stories, to 1, only good ones: λ of maximal marginal relevance.
    pub relevance: f64,
    /// The most of one platform, as a share of the brief.
    pub platform_cap: Percent,
    /// The most of one section of a platform; never 0.
    pub section_cap: u32,
    /// The most by one author; never 0.
    pub author_cap: u32,
}

impl Default for Selection {
    fn default() -> Self {
        let platform_cap = Percent::from_thousandths(500);
        Self { weights: Weights::default(), relevance: 0.8, platform_cap, section_cap: 2, author_cap: 1 }
    }
}

impl Selection {
    /// A problem's path begins at the table.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if let Some((key, weight)) = self.weights.each().into_iter().find(|(_, weight)| !(0.0..=100.0).contains(weight))
        {
            let message = format!("{weight} is not between 0 and 100");
            return Err(Problem::new(message, "0 leaves it out of the score").at([Key("weights"), Key(key)]));
        }
        if !(0.0..=1.0).contains(&self.relevance) {
            let message = format!("{} is not between 0 and 1", self.relevance);
            return Err(Problem::new(message, "write: relevance = 0.8").at([Key("relevance")]));
        }
        for (key, is_nothing, example) in [
            ("platform_cap", self.platform_cap.is_zero(), "platform_cap = \"50%\""),
            ("section_cap", self.section_cap == 0, "section_cap = 2"),
            ("author_cap", self.author_cap == 0, "author_cap = 1"),
        ] {
            if is_nothing {
                return Err(Problem::new("then no story could be in", format!("write: {example}")).at([Key(key)]));
            }
        }
        Ok(())
    }
}

/// `[[newsletter.section]]`: a part of the brief with a rule of its own, after its top stories.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub title: Line,
    /// The most stories; never 0.
    pub stories: u32,
    /// Of these platforms; of all of the newsletter where it is empty.
    #[serde(default)]
    pub platforms: Vec<PlatformId>,
    /// Whose own section, or a tag, is one of these; any where it is empty.
    #[serde(default)]
    pub topics: Vec<Line>,
    /// What it takes stands nowhere else in the brief.
    #[serde(default)]
    pub exclusive: bool,
    /// It is paid for: labelled so, not counted among the stories, and what it takes stands nowhere else.
    #[serde(default)]
    pub sponsored: bool,
}

/// A problem's path begins at the newsletter.
pub(super) fn check_sections(newsletter: &Newsletter, all: &[Platform]) -> Result<(), Problem> {
    let Newsletter { sections, stories, platforms, .. } = newsletter;
    let takes = |id: &PlatformId| {
        if platforms.is_empty() { all.iter().any(|platform| platform.id == *id) } else { platforms.contains(id) }
    };
    for (number, section) in sections.iter().enumerate() {
        let at = |steps: &[Step]| [&[Key("section"), Index(number)], steps].concat();
        if section.stories == 0 {
            return Err(Problem::new("it would always be empty", "write: stories = 1").at(at(&[Key("stories")])));
        }
        if let Some(position) = section.platforms.iter().position(|id| !takes(id)) {
            let message = format!("the newsletter takes no stories of `{}`", section.platforms[position]);
            let problem = Problem::new(message, "name a platform of the newsletter");
            return Err(problem.at(at(&[Key("platforms"), Index(position)])));
        }
        if section.sponsored && section.platforms.is_empty() && section.topics.is_empty() {
            let message = "it does not say which stories are paid for, so all of them would be";
            return Err(Problem::new(message, "write: topics = [\"Sponsored\"]").at(at(&[Key("sponsored")])));
        }
        if sections[..number].iter().any(|other| other.title == section.title) {
            let message = format!("two sections are called `{}`", section.title);
            return Err(Problem::new(message, "give each a title of its own").at(at(&[Key("title")])));
        }
    }
    let taken: u64 = sections.iter().filter(|one| !one.sponsored).map(|one| u64::from(one.stories)).sum();
    if taken >= u64::from(*stories) {
        let message = format!("the sections take {taken} stories of {stories}, so there would be no lead");
        return Err(Problem::new(message, format!("write {} or more", taken + 1)).at([Key("stories")]));
    }
    Ok(())
}

/// What one unit of each feature is worth.
///
/// The defaults are for a brief. Counts are logarithms of "how many times the usual", so one unit is 2.7 times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    pub comments: f64,
    pub views: f64,
    pub shares: f64,
    /// Each other count that is pushed, by its own name.
    pub others: f64,
    /// Clicks on such stories in earlier editions.
    pub clicks: f64,
    /// `ln(1 + others)` that ran it: platforms and signal feeds.
    pub breadth: f64,
    /// How much like it others wrote.
    pub likeness: f64,
    /// How much its subject was written about.
    pub subject: f64,
    /// `ln(1 + hours)` in the first three places of a front page.
    pub prominence: f64,
    /// What the editor picked before.
    pub prior: f64,
    /// From 0 for the oldest of the window to 1 for the newest.
    pub freshness: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            comments: 0.8,
            views: 1.0,
            shares: 0.8,
            others: 0.5,
            clicks: 0.5,
            breadth: 1.0,
            likeness: 0.5,
            subject: 0.1,
            prominence: 1.0,
            prior: 0.7,
            freshness: 0.3,
        }
    }
}

impl Weights {
    /// By their keys.
    fn each(&self) -> [(&'static str, f64); 11] {
        [
            ("comments", self.comments),
            ("views", self.views),
            ("shares", self.shares),
            ("others", self.others),
            ("clicks", self.clicks),
            ("breadth", self.breadth),
            ("likeness", self.likeness),
            ("subject", self.subject),
            ("prominence", self.prominence),
            ("prior", self.prior),
            ("freshness", self.freshness),
        ]
    }
}
