use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, time};

/// A picture that an editor brought in, as it is mailed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Of its bytes, in hexadecimal: its name.
    pub digest: String,
    pub width: u32,
    pub height: u32,
    pub jpeg: Vec<u8>,
}

impl Picture {
    /// Keeps it for ever. One that is there already stays as it is.
    pub fn add(&self, db: &Db, who: &str, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO pictures (digest, width, height, jpeg, added_by, added_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (digest) DO NOTHING",
        )?
        .execute((&self.digest, self.width, self.height, &self.jpeg, who, time::seconds(now)))
        .context("keeping a picture")?;
        Ok(())
    }

    pub fn find(db: &Db, digest: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached("SELECT width, height, jpeg FROM pictures WHERE digest = ?1")?;
        let found = query.query_row([digest], |row| {
            Ok(Self { digest: digest.to_owned(), width: row.get(0)?, height: row.get(1)?, jpeg: row.get(2)? })
        });
        Ok(found.optional()?)
    }
}
