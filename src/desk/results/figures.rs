//! The few numbers that say how an edition did, each beside those of the editions before it.

use super::chart::Spark;
use crate::saying::number::grouped;
use crate::store::EditionFigures;

/// The editions a figure is compared with.
pub(super) const COMPARED: u32 = 12;

#[derive(Debug)]
pub(super) struct Figure {
    pub title: &'static str,
    pub value: String,
    /// The value as a rate, and what it is made of.
    pub detail: String,
    /// What is usual; empty where there is nothing to compare with.
    pub usual: String,
    pub spark: Option<Spark>,
}

/// How a figure is read off an edition.
struct Kind {
    title: &'static str,
    many: fn(&EditionFigures) -> u64,
    /// What is compared: a rate, because editions go to more and more readers.
    rate: fn(&EditionFigures) -> Option<f64>,
    unit: &'static str,
    detail: fn(&EditionFigures) -> String,
}

const KINDS: [Kind; 5] = [
    Kind {
        title: "Delivered",
        many: EditionFigures::delivered,
        rate: |edition| percent(edition.delivered(), edition.counts.recipients),
        unit: "% of recipients",
        detail: |edition| format!("of {}", grouped(edition.counts.recipients)),
    },
    Kind {
        title: "Bounced",
        many: |edition| edition.hard + edition.soft,
        rate: |edition| percent(edition.hard + edition.soft, edition.counts.recipients),
        unit: "% of recipients",
        detail: |edition| format!("hard {}, soft {}", grouped(edition.hard), grouped(edition.soft)),
    },
    Kind {
        title: "Complaints",
        many: |edition| edition.complaints,
        rate: |edition| edition.per_thousand(edition.complaints),
        unit: "in 1,000 delivered",
        detail: |_| String::new(),
    },
    Kind {
        title: "Left",
        many: |edition| edition.left,
        rate: |edition| edition.per_thousand(edition.left),
        unit: "in 1,000 delivered",
        detail: |_| String::new(),
    },
    Kind {
        title: "Readers’ clicks",
        many: |edition| edition.clicks,
        rate: |edition| edition.per_thousand(edition.clicks).filter(|_| edition.is_followed),
        unit: "per 1,000 delivered",
        detail: |edition| match edition.scanners {
            0 => String::new(),
            many => format!("{} more by scanners", grouped(many)),
        },
    },
];

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

/// The figures of an edition, and of those before it, newest first.
pub(super) fn figures(this: &EditionFigures, before: &[EditionFigures]) -> Vec<Figure> {
    KINDS.iter().map(|kind| kind.figure(this, before)).collect()
}

impl Kind {
    fn figure(&self, this: &EditionFigures, before: &[EditionFigures]) -> Figure {
        let mut rates: Vec<Option<f64>> = before.iter().rev().map(|edition| (self.rate)(edition)).collect();
        let known: Vec<f64> = rates.iter().flatten().copied().collect();
        let usual = median(known.clone()).map_or_else(String::new, |usual| {
            let of = if known.len() == 1 { "the one before".to_owned() } else { format!("the {} before", known.len()) };
            format!("median of {of}: {}", told(usual, self.unit))
        });
        rates.push((self.rate)(this));
        let rate = (self.rate)(this).map(|rate| told(rate, self.unit));
        let detail = [rate.unwrap_or_default(), (self.detail)(this)];
        Figure {
            title: self.title,
            value: grouped((self.many)(this)),
            detail: detail.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            spark: Spark::of(&rates, format!("{}, {}, in the last {} editions", self.title, self.unit, rates.len())),
            usual,
        }
    }
}

fn told(rate: f64, unit: &str) -> String {
    let number = if rate >= 100.0 { grouped(rate.round() as u64) } else { format!("{rate:.1}") };
    format!("{number} {unit}")
}

/// The middle one; of an even number, what lies between the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
