//! How often the links of an edition were followed, summed up.

use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Db, Edition};

/// How often an edition was followed and opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClickReport {
    /// Clicks by readers, as far as is known.
    pub readers: u64,
    /// Clicks by machines that look at links.
    pub scanners: u64,
    /// The most followed ones first.
    pub links: Vec<FollowedLink>,
    /// By readers who let it be counted; `None` where it was never counted.
    pub opens: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FollowedLink {
    pub url: String,
    /// Of the story behind it; empty where there is none.
    pub headline: String,
    pub readers: u64,
    pub scanners: u64,
}

impl Edition {
    /// Sums up its clicks, with at most `limit` links. `None` where its links are not counted.
    pub fn clicks(&self, db: &Db, limit: u32) -> Result<Option<ClickReport>> {
        let opens = db
            .prepare_cached("SELECT opens FROM opens WHERE edition_id = ?1")?
            .query_row([self.id.0], |row| row.get(0))
            .optional()?;
        let (links, readers, scanners): (u64, u64, u64) = db
            .prepare_cached(
                "SELECT count(*), coalesce(sum(readers), 0), coalesce(sum(scanners), 0) FROM links WHERE edition_id = ?1",
            )?
            .query_row([self.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if links == 0 && opens.is_none() {
            return Ok(None);
        }
        let mut query = db.prepare_cached(
            "SELECT l.url, coalesce(s.headline, ''), l.readers, l.scanners
             FROM links AS l LEFT JOIN stories AS s ON s.id = l.story_id
             WHERE l.edition_id = ?1 AND l.readers + l.scanners > 0
             ORDER BY l.readers DESC, l.scanners DESC, l.id LIMIT ?2",
        )?;
        let rows = query.query_map((self.id.0, limit), |row| {
            Ok(FollowedLink { url: row.get(0)?, headline: row.get(1)?, readers: row.get(2)?, scanners: row.get(3)? })
        })?;
        let links = rows.map(|row| row.context("reading which links were followed")).collect::<Result<_>>()?;
        Ok(Some(ClickReport { readers, scanners, links, opens }))
    }
}
