use std::collections::BTreeMap;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// `[counts]`: how much the counts of a publisher's own weigh beside each other, by the name they are pushed under.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<CountName, CountWeight>);

/// What `griot story signal` takes, without the names that mean something of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct CountName(String);

/// 0 to 10; 1 where a count is not named.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
struct CountWeight(f64);

impl Counts {
    pub fn weights(&self) -> BTreeMap<String, f64> {
        self.0.iter().map(|(name, weight)| (name.0.clone(), weight.0)).collect()
    }
}

impl CountName {
    fn parse(text: &str) -> Result<Self, Problem> {
        if ["comments", "views", "shares", "clicks"].contains(&text) {
            let message = format!("{text} have a weight of their own");
            return Err(Problem::new(message, "take it out; here stand only counts under other names, such as likes"));
        }
        let is_name = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name {
            let message = format!("`{text}` is no name of a count");
            return Err(Problem::new(message, "write 1 to 32 of a-z, 0-9 and -, such as likes"));
        }
        Ok(Self(text.to_owned()))
    }
}

parse_inside_serde!(CountName);

impl TryFrom<f64> for CountWeight {
    type Error = Problem;

    fn try_from(weight: f64) -> Result<Self, Problem> {
        if (0.0..=10.0).contains(&weight) {
            Ok(Self(weight))
        } else {
            Err(Problem::new(format!("{weight} is no weight"), "write a number from 0, which ignores it, to 10"))
        }
    }
}
