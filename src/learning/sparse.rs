//! The arithmetic of the fit: rows of few numbers among many columns, and pairs of rows.

/// What is known of a story: columns that are not 0.
pub type Row = Vec<(usize, f64)>;

/// A comparison of two rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub better: usize,
    pub worse: usize,
    /// How much it counts.
    pub weight: f64,
    pub aim: Aim,
}

/// What is wanted of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aim {
    /// The first goes before the second, the farther the better.
    Before,
    /// The first stays as far before the second as it was; farther is neither better nor worse.
    Stay(f64),
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The rows' scores.
pub fn times(rows: &[Row], point: &[f64]) -> Vec<f64> {
    rows.iter().map(|row| row.iter().map(|(column, value)| value * point[*column]).sum()).collect()
}

/// The columns' sums, each row counted so many times.
pub fn transposed(rows: &[Row], counts: &[f64], columns: usize) -> Vec<f64> {
    let mut sums = vec![0.0; columns];
    for (row, count) in rows.iter().zip(counts).filter(|(_, count)| **count != 0.0) {
        for (column, value) in row {
            sums[*column] += value * count;
        }
    }
    sums
}
