//! The score of a story: a weighted sum of whatever is known of it.

use super::signals::Compared;
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
    /// The terms of the score, each already weighed; the score is their sum.
    pub fn terms(&self, weights: &Weights) -> Vec<(Term, f64)> {
        let z = |compared: Option<Compared>| compared.map_or(0.0, Compared::z);
        vec![
            (Term::Comments, weights.comments * z(self.comments)),
            (Term::Views, weights.views * z(self.views)),
            (Term::Shares, weights.shares * z(self.shares)),
            (
                Term::Others,
                weights.others * self.others.iter().map(|other| other.factor * other.compared.z()).sum::<f64>(),
            ),
            (Term::Clicks, weights.clicks * self.clicks.unwrap_or_default()),
            (Term::Breadth, weights.breadth * (self.breadth as f64).ln_1p()),
            (Term::Likeness, weights.likeness * self.likeness),
            (Term::Subject, weights.subject * self.subject),
            (Term::Prominence, weights.prominence * (self.top_minutes / 60.0).ln_1p()),
            (Term::Prior, weights.prior * self.prior),
            (Term::Freshness, weights.freshness * self.freshness),
        ]
    }

    pub fn score(&self, weights: &Weights) -> f64 {
        self.terms(weights).iter().map(|(_, points)| points).sum()
    }
}
