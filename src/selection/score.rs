//! The score of a story: a weighted sum of whatever is known of it.

use super::signals::Compared;

/// What one unit of each feature is worth.
///
/// The defaults are for a brief. Counts are logarithms of "how many times the usual", so one unit is 2.7 times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    pub comments: f64,
    pub views: f64,
    pub shares: f64,
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

/// What is known of a story, as numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    pub comments: Option<Compared>,
    pub views: Option<Compared>,
    pub shares: Option<Compared>,
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

/// The kinds of terms a score has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    Comments,
    Views,
    Shares,
    Clicks,
    Breadth,
    Likeness,
    Subject,
    Prominence,
    Prior,
    Freshness,
}

impl Term {
    pub const ALL: [Self; 10] = [
        Self::Comments,
        Self::Views,
        Self::Shares,
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
