//! Logistic regression over pairs, with a ridge: Newton's method, each step solved by conjugate gradients.
//!
//! A step costs what the rows and the pairs hold, and never the square of the columns, which are hundreds.

use super::sparse::{Aim, Pair, Row, dot, times, transposed};

const NEWTON_STEPS: usize = 50;
const GRADIENT_STEPS: usize = 200;
/// A gradient this small is as good as none: no value is off by more than some thousandths.
const FLAT: f64 = 1e-3;
/// A step is solved until this share of the gradient is left, squared: the next step sees to the rest.
const ENOUGH: f64 = 0.01;
const HALVINGS: usize = 30;

/// Rows, and the pairs of them for each edition.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    pub rows: Vec<Row>,
    pub editions: Vec<Vec<Pair>>,
}

/// What holds each column back: ½ strength × (value - centre)², within bounds.
#[derive(Clone, Debug)]
pub struct Ridge {
    pub centre: Vec<f64>,
    pub strength: Vec<f64>,
    pub bounds: Vec<(f64, f64)>,
}

/// How likely the first of a pair goes before the second, by how far its score is above.
fn chance(above: f64) -> f64 {
    if above >= 0.0 { 1.0 / (1.0 + (-above).exp()) } else { above.exp() / (1.0 + above.exp()) }
}

/// -ln of [`chance`], without overflow.
fn surprise(above: f64) -> f64 {
    if above >= 0.0 { (-above).exp().ln_1p() } else { above.exp().ln_1p() - above }
}

/// How badly a pair is told by scores this far apart; then the slope of that, and its bend.
///
/// One that is to stay costs what the draft's own odds would be surprised by, once it is nearer than it was.
fn cost(aim: Aim, above: f64) -> (f64, f64, f64) {
    let chance_now = chance(above);
    let bend = chance_now * (1.0 - chance_now);
    match aim {
        Aim::Before => (surprise(above), chance_now - 1.0, bend),
        Aim::Stay(was) if above >= was => (0.0, 0.0, 0.0),
        Aim::Stay(was) => {
            let odds = chance(was);
            let cross = |above: f64| odds * surprise(above) + (1.0 - odds) * surprise(-above);
            (cross(above) - cross(was), chance_now - odds, bend)
        }
    }
}

/// How badly the scores of a point tell these pairs.
pub fn loss<'a>(rows: &[Row], pairs: impl IntoIterator<Item = &'a Pair>, point: &[f64]) -> f64 {
    let scores = times(rows, point);
    pairs.into_iter().map(|pair| pair.weight * cost(pair.aim, scores[pair.better] - scores[pair.worse]).0).sum()
}

/// The values that tell the pairs best, found from `start`. A value that leaves its bounds is set to the bound, and the
/// others are found again around it.
pub fn minimise(rows: &[Row], pairs: &[Pair], ridge: &Ridge, start: &[f64]) -> Vec<f64> {
    let mut point = start.to_vec();
    let mut is_free = vec![true; point.len()];
    loop {
        newton(rows, pairs, ridge, &is_free, &mut point);
        let mut is_inside = true;
        for (column, (least, most)) in ridge.bounds.iter().enumerate() {
            if point[column] < *least || point[column] > *most {
                point[column] = point[column].clamp(*least, *most);
                is_free[column] = false;
                is_inside = false;
            }
        }
        if is_inside {
            return point;
        }
    }
}

fn newton(rows: &[Row], pairs: &[Pair], ridge: &Ridge, is_free: &[bool], point: &mut [f64]) {
    let held = |point: &[f64]| -> f64 {
        let each = point.iter().zip(&ridge.centre).zip(&ridge.strength);
        0.5 * each.map(|((value, centre), strength)| strength * (value - centre).powi(2)).sum::<f64>()
    };
    let mut value = loss(rows, pairs, point) + held(point);
    for _ in 0..NEWTON_STEPS {
        let (gradient, curves) = slope(rows, pairs, ridge, is_free, point);
        if gradient.iter().all(|slope| slope.abs() < FLAT) {
            return;
        }
        let step = solve(rows, pairs, ridge, is_free, &curves, &gradient);
        let downhill = dot(&gradient, &step);
        let mut share = 1.0;
        let better = (0..HALVINGS).find_map(|_| {
            let next: Vec<f64> = point.iter().zip(&step).map(|(value, step)| value - share * step).collect();
            let known = loss(rows, pairs, &next) + held(&next);
            // Armijo's rule: a tenth of a thousandth of what the slope promises.
            let is_lower = known <= value - 1e-4 * share * downhill;
            share *= 0.5;
            is_lower.then_some((next, known))
        });
        let Some((next, known)) = better else { return };
        point.copy_from_slice(&next);
        value = known;
    }
}

/// The gradient, and how much each pair bends the loss.
fn slope(rows: &[Row], pairs: &[Pair], ridge: &Ridge, is_free: &[bool], point: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let scores = times(rows, point);
    let mut pulls = vec![0.0; rows.len()];
    let mut curves = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (_, slope, bend) = cost(pair.aim, scores[pair.better] - scores[pair.worse]);
        pulls[pair.better] += pair.weight * slope;
        pulls[pair.worse] -= pair.weight * slope;
        curves.push(pair.weight * bend);
    }
    let mut gradient = transposed(rows, &pulls, point.len());
    for (column, slope) in gradient.iter_mut().enumerate() {
        *slope += ridge.strength[column] * (point[column] - ridge.centre[column]);
        if !is_free[column] {
            *slope = 0.0;
        }
    }
    (gradient, curves)
}

/// The Newton step, which is the gradient divided by the bend.
fn solve(rows: &[Row], pairs: &[Pair], ridge: &Ridge, is_free: &[bool], curves: &[f64], gradient: &[f64]) -> Vec<f64> {
    let bent = |direction: &[f64]| -> Vec<f64> {
        let scores = times(rows, direction);
        let mut pulls = vec![0.0; rows.len()];
        for (pair, curve) in pairs.iter().zip(curves) {
            let pull = curve * (scores[pair.better] - scores[pair.worse]);
            pulls[pair.better] += pull;
            pulls[pair.worse] -= pull;
        }
        let mut bend = transposed(rows, &pulls, direction.len());
        for (column, bend) in bend.iter_mut().enumerate() {
            *bend = if is_free[column] { *bend + ridge.strength[column] * direction[column] } else { 0.0 };
        }
        bend
    };
    let mut step = vec![0.0; gradient.len()];
    let mut rest = gradient.to_vec();
    let mut direction = rest.clone();
    let mut size = dot(&rest, &rest);
    let enough = size * ENOUGH;
    for _ in 0..GRADIENT_STEPS {
        if size <= enough {
            break;
        }
        let bend = bent(&direction);
        let share = size / dot(&direction, &bend);
        for column in 0..step.len() {
            step[column] += share * direction[column];
            rest[column] -= share * bend[column];
        }
        let next = dot(&rest, &rest);
        for column in 0..step.len() {
            direction[column] = rest[column] + next / size * direction[column];
        }
        size = next;
    }
    step
}
