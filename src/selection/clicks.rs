//! What readers clicked in earlier editions, freed from where the stories stood there.
//!
//! The position-based model: P(click) = θ of the place × α of the story, fitted by EM (Chen and Yan,
//! Position-Normalized Click Prediction in Search Advertising, KDD 2012): clicks are Poisson, and α is Gamma around
//! what is usual of such stories. A story is in one edition only, so its α alone would explain any θ; what tells them
//! apart is that stories of one section, author and platform stand in different places over time. They are what is
//! learnt: this week's stories have no clicks yet.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::text::words;

/// How alike the stories of a kind are: the shape of the Gamma. With 2, two thirds are between 0.3 and 1.7 times the
/// usual.
const ALIKE: f64 = 2.0;
/// Clicks after which a story is known as well as it ever is beside others: without a bound, the largest edition would
/// be the only one heard.
const HEARD: f64 = 20.0;
/// Clicks for half of what is said of a place to be believed. As a story says of its place as much as [`ALIKE`] clicks,
/// when all stories differ, these are five stories.
const PLACE_SHRINKAGE: f64 = 5.0 * ALIKE;
/// No place is worth less, or more, beside the first.
const PLACES: (f64, f64) = (0.05, 2.0);
/// Stories that must have been seen for half of what they say of a section, an author or a platform to be believed.
const SHRINKAGE: f64 = 5.0;
/// The same for a word of the headline: there are many in each, and few mean anything.
const WORD_SHRINKAGE: f64 = 20.0;
/// The farthest that clicks move a story: 4.5 times the usual, either way.
const MOST: f64 = 1.5;
const ROUNDS: usize = 2_000;
/// What still changes less than this is settled.
const SETTLED: f64 = 1e-6;

/// A story as an edition had it, and what became of it there.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Tells editions apart. Some are opened more than others, whatever is in them.
    pub edition: i64,
    /// 1 is the lead.
    pub place: u32,
    pub clicks: f64,
    /// Who got it.
    pub recipients: f64,
    pub platform: String,
    pub section: String,
    pub authors: Vec<String>,
    pub title: String,
}

/// What was learnt of places, and of kinds of stories.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clicks {
    places: Vec<f64>,
    kinds: BTreeMap<Kind, f64>,
}

/// What a story has in common with others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Platform(String),
    Section(String),
    Author(String),
    /// Of the headline.
    Word(String),
    /// Only while learning.
    Edition(i64),
}

impl Kind {
    fn all(platform: &str, section: &str, authors: &[String], title: &str) -> Vec<Self> {
        let mut kinds = vec![Self::Platform(platform.to_owned()), Self::Section(words(section).join(" "))];
        kinds.extend(authors.iter().map(|author| Self::Author(words(author).join(" "))));
        kinds.extend(words(title).into_iter().map(Self::Word));
        kinds.retain(|kind| !matches!(kind, Self::Section(name) | Self::Author(name) if name.is_empty()));
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn shrinkage(&self) -> f64 {
        if matches!(self, Self::Word(_)) { WORD_SHRINKAGE } else { SHRINKAGE }
    }
}

impl Clicks {
    /// Learns from the stories of editions sent before, in whatever order. Nothing comes of nothing.
    pub fn learn(placed: &[Placed]) -> Self {
        let Some(mut model) = Model::new(placed) else { return Self::default() };
        for _ in 0..ROUNDS {
            if model.step() < SETTLED {
                break;
            }
        }
        let kinds = model.kinds.into_iter().map(|(kind, of)| (kind, of.strength));
        Self { places: model.places, kinds: kinds.filter(|(kind, _)| !matches!(kind, Kind::Edition(_))).collect() }
    }

    /// θ: what a place is worth beside the first, from the first on. Empty where nothing was learnt.
    pub fn places(&self) -> &[f64] {
        &self.places
    }

    /// The logarithm of how many times as many clicks as usual a kind of stories gets, wherever they stand.
    pub fn kinds(&self) -> &BTreeMap<Kind, f64> {
        &self.kinds
    }

    /// The same for a story, by all that it has in common with others; `None` where it has nothing.
    pub fn of(&self, story: &Candidate) -> Option<f64> {
        let kinds = Kind::all(&story.platform, &story.section, &story.authors, &story.title);
        let known: Vec<f64> = kinds.iter().filter_map(|kind| self.kinds.get(kind)).copied().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>().clamp(-MOST, MOST))
    }
}

/// The model while it is fitted.
struct Model {
    /// By place, from the first on; the first is 1.
    places: Vec<f64>,
    /// Clicks of a reader on a usual story in the first place.
    rate: f64,
    kinds: BTreeMap<Kind, Members>,
    stories: Vec<Case>,
}

/// The stories of a kind, by number, and how many times as many clicks as usual they get, as a logarithm.
#[derive(Default)]
struct Members {
    strength: f64,
    stories: Vec<usize>,
}

/// One story: what was seen of it, bounded by [`HEARD`].
struct Case {
    place: usize,
    clicks: f64,
    recipients: f64,
    /// How many times the usual such stories get: e to the sum of its kinds' strengths.
    expected: f64,
    /// How many times that it got, as far as it can be told.
    surprise: f64,
}

impl Model {
    fn new(placed: &[Placed]) -> Option<Self> {
        let mut placed: Vec<&Placed> = placed.iter().filter(|one| one.recipients >= 1.0 && one.place >= 1).collect();
        placed.sort_by_key(|one| (one.edition, one.place));
        let sum = |of: fn(&Placed) -> f64| placed.iter().map(|one| of(one)).sum::<f64>();
        let rate = sum(|one| one.clicks) / sum(|one| one.recipients);
        if rate.is_nan() || rate <= 0.0 {
            return None;
        }
        let mut kinds: BTreeMap<Kind, Members> = BTreeMap::new();
        let mut stories = Vec::with_capacity(placed.len());
        for (number, one) in placed.iter().enumerate() {
            let own = Kind::all(&one.platform, &one.section, &one.authors, &one.title);
            for kind in own.into_iter().chain([Kind::Edition(one.edition)]) {
                kinds.entry(kind).or_default().stories.push(number);
            }
            let heard = (HEARD / (one.recipients * rate)).min(1.0);
            stories.push(Case {
                place: one.place as usize - 1,
                clicks: one.clicks * heard,
                recipients: one.recipients * heard,
                expected: 1.0,
                surprise: 1.0,
            });
        }
        let last = stories.iter().map(|story| story.place).max()?;
        Some(Self { places: (0..=last).map(usual_place).collect(), rate, kinds, stories })
    }

    /// One round of EM; answers how much it changed, as a logarithm.
    fn step(&mut self) -> f64 {
        // E: what each story must be, given its place and its kind.
        for story in &mut self.stories {
            let expected = self.rate * story.expected;
            let alpha = (story.clicks + ALIKE) / (story.recipients * self.places[story.place] + ALIKE / expected);
            story.surprise = alpha / expected;
        }
        // M: what a place is worth, given the stories that stood there.
        let mut seen = vec![(0.0, 0.0); self.places.len()];
        for story in &self.stories {
            seen[story.place].0 += story.clicks;
            seen[story.place].1 += story.recipients * self.rate * story.expected * story.surprise;
        }
        let theta = |(place, (clicks, exposed)): (usize, &(f64, f64))| {
            (clicks + PLACE_SHRINKAGE) / (exposed + PLACE_SHRINKAGE / usual_place(place))
        };
        let places: Vec<f64> = seen.iter().enumerate().map(theta).collect();
        let first = places[0];
        let places: Vec<f64> = places.iter().map(|theta| (theta / first).clamp(PLACES.0, PLACES.1)).collect();
        let mut change = self.places.iter().zip(&places).map(|(old, new)| (new / old).ln().abs()).fold(0.0, f64::max);
        self.places = places;
        // M: what is usual of each kind, given its stories. One kind after the other, because a story is of several.
        for (kind, of) in &mut self.kinds {
            let times = of.strength.exp();
            let seen: f64 = of.stories.iter().map(|story| self.stories[*story].surprise * times).sum();
            let strength = ((seen + kind.shrinkage()) / (of.stories.len() as f64 + kind.shrinkage())).ln();
            let strength = strength.clamp(-MOST, MOST);
            let moved = (strength - of.strength).exp();
            for story in &of.stories {
                self.stories[*story].expected *= moved;
                self.stories[*story].surprise /= moved;
            }
            change = change.max((strength - of.strength).abs());
            of.strength = strength;
        }
        let usual = self.stories.iter().map(|story| story.surprise).sum::<f64>() / self.stories.len() as f64;
        self.rate *= usual;
        change.max(usual.ln().abs())
    }
}

/// What a place is worth where nothing is known: half of the first at the fourth, a third at the ninth.
fn usual_place(place: usize) -> f64 {
    1.0 / (place as f64 + 1.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence that looks like chance and is the same in every run (SplitMix64), from 0 to 1.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = self.0;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// Poisson, by counting how many exponential waits fit.
        fn clicks(&mut self, mean: f64) -> f64 {
            let (mut waited, mut many) = (0.0, 0.0);
            loop {
                waited -= (1.0 - self.next()).ln();
                if waited > mean {
                    return many;
                }
                many += 1.0;
            }
        }
    }

    const SECTIONS: [(&str, f64); 5] =
        [("Politics", 1.0), ("Business", 0.7), ("Culture", 1.4), ("Sport", 1.0), ("Recipes", 2.5)];

    fn theta(place: u32) -> f64 {
        1.0 / (1.0 + 0.5 * f64::from(place - 1))
    }

    /// Editions of ten stories. Recipes, which readers love, stand last or not at all; the editor puts politics first.
    fn simulated(editions: i64, recipients: f64) -> Vec<Placed> {
        let mut chance = Chance(7);
        let mut placed = Vec::new();
        for edition in 0..editions {
            let opened = 0.7 + 0.6 * chance.next();
            for place in 1..=10 {
                let (section, loved) = match place {
                    10 if edition % 2 == 0 => SECTIONS[4],
                    1 if chance.next() < 0.6 => SECTIONS[0],
                    _ => SECTIONS[(chance.next() * 4.0) as usize],
                };
                let alpha = 0.03 * loved * (chance.next() + chance.next());
                placed.push(Placed {
                    edition,
                    place,
                    clicks: chance.clicks(recipients * opened * theta(place) * alpha),
                    recipients,
                    platform: if chance.next() < 0.5 { "a" } else { "b" }.into(),
                    section: section.into(),
                    authors: vec![format!("Author {}", (chance.next() * 12.0) as u32)],
                    title: format!("word{} word{}", (chance.next() * 400.0) as u32, (chance.next() * 400.0) as u32),
                });
            }
        }
        placed
    }

    #[test]
    fn finds_what_places_and_sections_are_worth() {
        let placed = simulated(50, 4000.0);
        let clicks = Clicks::learn(&placed);
        for (place, found) in (1..).zip(clicks.places()) {
            let off = (found / theta(place)).ln().abs();
            assert!(off < 0.3, "place {place}: {found} is not {}", theta(place));
        }
        // Beside each other, as what is usual is no section's.
        let section = |name: &str| clicks.kinds()[&Kind::Section(name.to_lowercase())];
        for (name, loved) in &SECTIONS[1..] {
            let off = section(name) - section("Politics") - loved.ln();
            assert!(off.abs() < 0.35, "{name} is off by {off}");
        }
        // Recipes got fewer clicks than politics, for they stood last; they are loved all the same.
        let got = |name: &str| {
            let of = placed.iter().filter(|one| one.section == name);
            of.clone().map(|one| one.clicks).sum::<f64>() / of.count() as f64
        };
        assert!(got("Recipes") < got("Politics"));
        let story = |section: &str| Candidate {
            section: section.into(),
            platform: "a".into(),
            ..super::super::sample::story(1)
        };
        assert!(clicks.of(&story("Recipes")).unwrap() > clicks.of(&story("Politics")).unwrap() + 0.5);
    }

    #[test]
    fn the_story_that_surprises_is_told_from_its_place() {
        let placed = simulated(50, 4000.0);
        let mut model = Model::new(&placed).unwrap();
        while model.step() > SETTLED {}
        // One in the last place with as many clicks as leads have.
        let last = placed.iter().zip(&model.stories).filter(|(one, _)| one.place == 10 && one.section != "Recipes");
        let (most, case) = last.max_by(|a, b| a.0.clicks.total_cmp(&b.0.clicks)).unwrap();
        assert!(case.surprise > 1.2, "{most:?} has {}", case.surprise);
    }

    #[test]
    fn little_is_shrunk_nothing_is_none_and_noise_is_bounded() {
        let story = super::super::sample::story(1);
        assert_eq!(Clicks::learn(&[]).of(&story), None);
        let mut few = simulated(1, 50.0);
        let clicks = Clicks::learn(&few);
        assert!(clicks.kinds().values().all(|strength| strength.abs() < 0.4), "{clicks:?}");
        assert_eq!(clicks.of(&Candidate { platform: "new".into(), ..story.clone() }), None);
        few[9].clicks = 1e9;
        few[8].recipients = 0.0;
        let clicks = Clicks::learn(&few);
        assert!(clicks.kinds().values().all(|strength| strength.abs() <= MOST));
        assert!(clicks.places().iter().all(|theta| (PLACES.0..=PLACES.1).contains(theta)));
        for one in &mut few {
            one.clicks = 0.0;
        }
        assert_eq!(Clicks::learn(&few), Clicks::default());
    }
}
