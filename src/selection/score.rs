//! The score of a story: a weighted sum of whatever is known of it.

use super::signals::Compared;
use super::weights::weight_of;
use crate::config::Weights;

/// What is known of a story, as numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    pub comments: Option<Compared>,
    pub views: Option<Compared>,
    pub shares: Option<Compared>,
    /// By name.
    pub others: Vec<OtherCount>,
    pub clicks: Option<f64>,
    /// How many other platforms and signal feeds ran it.
    pub breadth: usize,
    pub likeness: f64,
    pub subject: f64,
    /// Minutes in the first three places.
    pub top_minutes: f64,
    pub prior: f64,
    pub freshness: f64,
}

/// A count that a publisher pushes under a name of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherCount {
    pub name: String,
    pub compared: Compared,
    /// How much it weighs beside the others that are pushed; 1 where the publisher says nothing.
    pub factor: f64,
}

/// The kinds of terms a score has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    Comments,
    Views,
    Shares,
    Others,
    Clicks,
    Breadth,
    Likeness,
    Subject,
    Prominence,
    Prior,
    Freshness,
}

impl Term {
    pub const ALL: [Self; 11] = [
        Self::Comments,
        Self::Views,
        Self::Shares,
        Self::Others,
        Self::Clicks,
        Self::Breadth,
        Self::Likeness,
        Self::Subject,
        Self::Prominence,
        Self::Prior,
        Self::Freshness,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comments => "comments",
            Self::Views => "views",
            Self::Shares => "shares",
            Self::Others => "others",
            Self::Clicks => "clicks",
            Self::Breadth => "breadth",
            Self::Likeness => "likeness",
            Self::Subject => "subject",
            Self::Prominence => "prominence",
            Self::Prior => "prior",
            Self::Freshness => "freshness",
        }
    }
}

impl Features {
    /// The terms of the score, before they are weighed.
    pub fn values(&self) -> [(Term, f64); Term::ALL.len()] {
        let z = |compared: Option<Compared>| compared.map_or(0.0, Compared::z);
        [
            (Term::Comments, z(self.comments)),
            (Term::Views, z(self.views)),
            (Term::Shares, z(self.shares)),
            (Term::Others, self.others.iter().map(|other| other.factor * other.compared.z()).sum()),
            (Term::Clicks, self.clicks.unwrap_or_default()),
            (Term::Breadth, (self.breadth as f64).ln_1p()),
            (Term::Likeness, self.likeness),
            (Term::Subject, self.subject),
            (Term::Prominence, (self.top_minutes / 60.0).ln_1p()),
            (Term::Prior, self.prior),
            (Term::Freshness, self.freshness),
        ]
    }

    pub fn score(&self, weights: &Weights) -> f64 {
        self.values().into_iter().map(|(term, value)| weight_of(weights, term) * value).sum()
    }
}
