//! What can go wrong between a query and its rows.

use super::postgres;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Postgres(#[from] postgres::Error),
    #[error("the query gave no row")]
    NoRow,
}

impl Error {
    /// What a column holds could not be understood.
    pub fn of_column(column: usize, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into()).into()
    }
}

/// `None` where a query gave no row.
pub trait OptionalRow<T> {
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalRow<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(Error::NoRow | Error::Sqlite(rusqlite::Error::QueryReturnedNoRows)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
