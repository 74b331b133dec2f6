use std::fmt;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// A share of a hundred, written `5%` or `0.3%`.
///
/// Kept in ten-thousandths of a percent, so that it is compared exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Percent(u32);

const ONE: u32 = 10_000;

impl Percent {
    /// From thousandths: 3 is 0.3 %.
    pub const fn from_thousandths(thousandths: u32) -> Self {
        Self(thousandths * ONE / 10)
    }

    pub fn parse(text: &str) -> Result<Self, Problem> {
        let number = text.trim().strip_suffix('%').map(str::trim_end);
        let is_plain = |number: &&str| number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let number = number.filter(is_plain).and_then(|number| number.parse::<f64>().ok());
        match number {
            Some(number) if (0.0..=100.0).contains(&number) => Ok(Self((number * f64::from(ONE)).round() as u32)),
            _ => Err(Problem::new(
                format!("`{text}` is not a share of a hundred"),
                "write a number from 0 to 100 and a %, such as \"5%\" or \"0.3%\"",
            )),
        }
    }

    /// Whether `part` of `whole` is this share or more.
    pub fn is_reached_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * 100 * u128::from(ONE) >= u128::from(whole) * u128::from(self.0)
    }

    /// From 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / f64::from(100 * ONE)
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

parse_inside_serde!(Percent);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / f64::from(ONE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_at_its_edge() {
        let share = Percent::parse("0.3%").unwrap();
        assert_eq!((share, share.to_string().as_str()), (Percent::from_thousandths(3), "0.3%"));
        assert!(share.is_reached_by(3, 1000) && !share.is_reached_by(3, 1001));
        assert!(Percent::parse("5 %").unwrap().is_reached_by(25, 500));
        for text in ["", "5", "%", "-1%", "101%", "five%", "1e1%", "inf%", "0.3 %%"] {
            assert!(Percent::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
