use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, time};

/// What was found where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkVerdict {
    Well,
    /// The page is not there (404) or was taken away (410).
    Gone,
    /// The site does not let us look; readers may see it all the same.
    Refused,
    /// Nobody answers, or with an error.
    Failing,
}

impl LinkVerdict {
    const ALL: [Self; 4] = [Self::Well, Self::Gone, Self::Refused, Self::Failing];

    fn as_str(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Failing => "failing",
        }
    }
}

/// What was found at a URL when it was last asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCheck {
    /// Without its fragment, which no server gets to see.
    pub url: String,
    pub verdict: LinkVerdict,
    /// What was answered, or why nothing was; empty where it is well.
    pub reason: String,
    pub checked_at: DateTime<Utc>,
}

impl LinkCheck {
    pub fn find(db: &Db, url: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached("SELECT verdict, reason, checked_at FROM link_checks WHERE url = ?1")?;
        let found = query.query_row([url], |row| {
            let word = row.text(0)?.to_owned();
            Ok(Self {
                url: url.to_owned(),
                // The CHECK on the column admits no other word.
                verdict: LinkVerdict::ALL.into_iter().find(|one| one.as_str() == word).unwrap_or(LinkVerdict::Failing),
                reason: row.get(1)?,
                checked_at: time::from_seconds(row.get(2)?),
            })
        });
        found.optional().context("reading what was found at a link")
    }

    /// In the place of what was known of the URL before.
    pub fn save(&self, db: &Db) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO link_checks (url, verdict, reason, checked_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (url) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason,
                                             checked_at = excluded.checked_at",
        )?
        .execute((&self.url, self.verdict.as_str(), &self.reason, time::seconds(self.checked_at)))
        .context("writing down what was found at a link")?;
        Ok(())
    }

    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<()> {
        db.execute("DELETE FROM link_checks WHERE checked_at < ?1", [time::seconds(before)])?;
        Ok(())
    }
}
