use super::score::Term;
use crate::config::Weights;

/// What one unit of a term is worth.
pub fn weight_of(weights: &Weights, term: Term) -> f64 {
    match term {
        Term::Comments => weights.comments,
        Term::Views => weights.views,
        Term::Shares => weights.shares,
        Term::Others => weights.others,
        Term::Clicks => weights.clicks,
        Term::Breadth => weights.breadth,
        Term::Likeness => weights.likeness,
        Term::Subject => weights.subject,
        Term::Prominence => weights.prominence,
        Term::Prior => weights.prior,
        Term::Freshness => weights.freshness,
    }
}

/// The weights with one of them changed.
pub fn with_weight(mut weights: Weights, term: Term, weight: f64) -> Weights {
    let changed = match term {
        Term::Comments => &mut weights.comments,
        Term::Views => &mut weights.views,
        Term::Shares => &mut weights.shares,
        Term::Others => &mut weights.others,
        Term::Clicks => &mut weights.clicks,
        Term::Breadth => &mut weights.breadth,
        Term::Likeness => &mut weights.likeness,
        Term::Subject => &mut weights.subject,
        Term::Prominence => &mut weights.prominence,
        Term::Prior => &mut weights.prior,
        Term::Freshness => &mut weights.freshness,
    };
    *changed = weight;
    weights
}
