use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, SeqAccess, Visitor, value};
use serde::{Deserialize, Deserializer};

use super::problem::{Problem, Step};

/// A table that may stand once, `[smtp]`, or several times, `[[smtp]]`.
#[derive(Clone, Debug)]
pub(super) enum Tables<T> {
    One(T),
    Several(Vec<T>),
}

impl<T> Tables<T> {
    /// Each table with the steps that lead to it; `key` is its heading.
    pub fn placed(self, key: &'static str) -> Vec<(Vec<Step>, T)> {
        let path = |index| vec![Step::Key(key), Step::Index(index)];
        match self {
            Self::One(table) => vec![(vec![Step::Key(key)], table)],
            Self::Several(tables) => {
                tables.into_iter().enumerate().map(|(index, table)| (path(index), table)).collect()
            }
        }
    }
}

/// What each table stands for, in their order; `of` is told whether it is the only one. No two have the same id.
pub(super) fn resolve_each<T, R, Id: PartialEq + fmt::Display>(
    tables: Vec<(Vec<Step>, T)>,
    noun: &str,
    of: impl Fn(T, bool) -> Result<R, Problem>,
    id: impl Fn(&R) -> &Id,
) -> Result<Vec<R>, Problem> {
    let is_alone = tables.len() == 1;
    let mut resolved: Vec<R> = Vec::with_capacity(tables.len());
    for (place, table) in tables {
        let one = of(table, is_alone).map_err(|problem| problem.within(&place))?;
        if resolved.iter().any(|other| id(other) == id(&one)) {
            let message = format!("two {noun} are called `{}`", id(&one));
            let problem = Problem::new(message, "give each an id of its own");
            return Err(problem.at([Step::Key("id")]).within(&place));
        }
        resolved.push(one);
    }
    Ok(resolved)
}

impl<T> Default for Tables<T> {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// By hand, because an untagged enum would lose which key of the table is wrong.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tables<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrSeveral<T> {
            type Value = Tables<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tables<T>, A::Error> {
                T::deserialize(value::MapAccessDeserializer::new(map)).map(Tables::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Tables<T>, A::Error> {
                Vec::deserialize(value::SeqAccessDeserializer::new(seq)).map(Tables::Several)
            }
        }
        deserializer.deserialize_any(OneOrSeveral(PhantomData))
    }
}
