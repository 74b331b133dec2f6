//! The values that a statement is given.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value};

use super::Result;

/// What stands for `?1`, `?2`, … in a statement: a tuple of different types, or an array of one.
pub trait Params: rusqlite::Params {
    fn values(&self) -> Result<Vec<Value>>;
}

/// A column of many rows at once, as a server takes them for an array.
#[derive(Debug)]
pub enum Column<'a> {
    Integers(Vec<Option<i64>>),
    Texts(Vec<&'a str>),
}

fn value(of: &dyn ToSql) -> Result<Value> {
    Ok(match of.to_sql()? {
        ToSqlOutput::Borrowed(value) => value.try_into().map_err(|error| super::Error::of_column(0, error))?,
        ToSqlOutput::Owned(value) => value,
        other => return Err(super::Error::of_column(0, format!("{other:?} is no value"))),
    })
}

/// No values.
impl Params for [&(dyn ToSql + Send + Sync); 0] {
    fn values(&self) -> Result<Vec<Value>> {
        Ok(Vec::new())
    }
}

impl Params for () {
    fn values(&self) -> Result<Vec<Value>> {
        Ok(Vec::new())
    }
}

/// For more values than a tuple has room for.
impl Params for &[&dyn ToSql] {
    fn values(&self) -> Result<Vec<Value>> {
        self.iter().map(|of| value(*of)).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        tuples!(@ [] $($name)+);
    };
    (@ [$($taken:ident)*] $next:ident $($rest:ident)*) => {
        impl<$($taken: ToSql,)* $next: ToSql> Params for ($($taken,)* $next,) {
            #[allow(non_snake_case)]
            fn values(&self) -> Result<Vec<Value>> {
                let ($($taken,)* $next,) = self;
                Ok(vec![$(value($taken)?,)* value($next)?])
            }
        }
        tuples!(@ [$($taken)* $next] $($rest)*);
    };
    (@ [$($taken:ident)*]) => {};
}
tuples!(A B C D E F G H I J K L M N O P);

macro_rules! arrays {
    ($($length:literal)+) => {
        $(impl<T: ToSql> Params for [T; $length] {
            fn values(&self) -> Result<Vec<Value>> {
                self.iter().map(|of| value(of)).collect()
            }
        })+
    };
}
arrays!(1 2 3 4 5 6 7 8);
