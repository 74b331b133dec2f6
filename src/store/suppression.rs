use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::{Db, time};
use crate::address::EmailAddress;

/// Who is not mailed: an address, or everybody at a domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Suppressed(String);

/// One that is never mailed, whatever they subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppression {
    #[serde(rename = "address")]
    pub who: Suppressed,
    pub reason: String,
    pub created_at: DateTime<Utc>,
}

/// Something that befell a suppression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuppressionChange {
    #[serde(rename = "address")]
    pub who: String,
    /// `added` or `removed`.
    pub change: String,
    pub reason: String,
    pub changed_at: DateTime<Utc>,
}

/// Whether the suppression `x` covers the subscriber `s`. A local part holds no second `@`.
pub(super) const COVERS: &str = "x.email IN (s.email, substr(s.email, instr(s.email, '@')))";

/// The domains that are suppressed, with the reasons: few, and asked for each delivery that is claimed.
#[derive(Debug)]
pub(super) struct SuppressedDomains(HashMap<String, String>);

impl SuppressedDomains {
    /// Why everybody at the domain of this address is suppressed.
    pub fn reason_for(&self, email: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&email[email.find('@')?..]).map(String::as_str)
    }
}

impl Suppressed {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_domain(&self) -> bool {
        self.0.starts_with('@')
    }

    /// For logs: a domain as it is.
    pub fn masked(&self) -> String {
        match EmailAddress::parse(&self.0) {
            Ok(address) => address.masked(),
            Err(_) => self.0.clone(),
        }
    }
}

impl From<&EmailAddress> for Suppressed {
    fn from(address: &EmailAddress) -> Self {
        Self(address.as_str().to_owned())
    }
}

/// `ada@example.org`, or `@example.org` (or `example.org`) for everybody there.
impl FromStr for Suppressed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let domain = text.strip_prefix('@').or((!text.contains('@')).then_some(text));
        match domain {
            Some(domain) => match EmailAddress::parse(&format!("postmaster@{domain}")) {
                Ok(address) => Ok(Self(format!("@{}", address.domain()))),
                Err(_) => Err(format!("{text:?} is neither an address nor a domain such as @example.org")),
            },
            None => EmailAddress::parse(text).map(|address| Self::from(&address)).map_err(|error| error.to_string()),
        }
    }
}

impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Suppressed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Suppression {
    pub fn find(db: &Db, who: &Suppressed) -> Result<Option<Self>> {
        let mut query = db.prepare_cached("SELECT email, reason, created_at FROM suppressions WHERE email = ?1")?;
        Ok(query.query_row([&who.0], Self::from_row).optional()?)
    }

    /// Adds it by an operator's word; the first reason stays. `false` where it was there already.
    pub fn add(&self, db: &Db) -> Result<bool> {
        self.add_because(db, None)
    }

    /// The same because of what came back, the row of which this is.
    pub(super) fn add_because(&self, db: &Db, feedback: Option<i64>) -> Result<bool> {
        let added = db
            .prepare_cached(
                "INSERT INTO suppressions (email, reason, created_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (email) DO NOTHING",
            )?
            .execute((self.who.as_str(), &self.reason, time::seconds(self.created_at)))
            .with_context(|| format!("suppressing {}", self.who.masked()))?;
        if added == 1 {
            record_change(db, &self.who, "added", &self.reason, feedback, self.created_at)?;
        }
        Ok(added == 1)
    }

    /// Takes it away, so that mail goes there again; the reason is on record. `false` where there was none.
    pub fn remove(db: &Db, who: &Suppressed, reason: &str, now: DateTime<Utc>) -> Result<bool> {
        let removed = db
            .execute("DELETE FROM suppressions WHERE email = ?1", [who.as_str()])
            .with_context(|| format!("no longer suppressing {}", who.masked()))?;
        if removed == 1 {
            record_change(db, who, "removed", reason, None, now)?;
        }
        Ok(removed == 1)
    }

    /// Why an address is not mailed; the domain's reason where there is no other.
    pub fn reason_for(db: &Db, email: &EmailAddress) -> Result<Option<String>> {
        let mut query = db.prepare_cached(
            "SELECT reason FROM suppressions WHERE email IN (?1, '@' || ?2) ORDER BY email = ?1 DESC LIMIT 1",
        )?;
        Ok(query.query_row((email.as_str(), email.domain()), |row| row.get(0)).optional()?)
    }

    pub(super) fn domains(db: &Db) -> Result<SuppressedDomains> {
        let is_of_a_domain = Self::is_of_a_domain(db);
        let mut query = db.prepare_cached(&format!("SELECT email, reason FROM suppressions WHERE {is_of_a_domain}"))?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let domains = rows.collect::<database::Result<_>>().context("reading which domains are suppressed")?;
        Ok(SuppressedDomains(domains))
    }

    /// The condition for rows of a whole domain, which an index answers. SQLite sorts by octets without regard to case: what
    /// follows `@` is `[` and its like, then `a`. A server sorts as people do, and has an index of these rows.
    pub(super) fn is_of_a_domain(db: &Db) -> &'static str {
        db.pick("email >= '@' AND email < '['", "left(email, 1) = '@'")
    }

    /// A page of them, in the order of the alphabet. The first page is after `""`.
    pub fn page(db: &Db, after: &str, limit: u32) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT email, reason, created_at FROM suppressions WHERE email > ?1 ORDER BY email LIMIT ?2",
        )?;
        let rows = query.query_map((after, limit), Self::from_row)?;
        rows.map(|row| row.context("reading a suppression")).collect()
    }

    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self { who: Suppressed(row.get(0)?), reason: row.get(1)?, created_at: time::from_seconds(row.get(2)?) })
    }
}

impl SuppressionChange {
    /// What befell the suppressions of an address and of its domain, oldest first.
    pub fn of(db: &Db, email: &EmailAddress) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT email, change, reason, changed_at FROM suppression_changes
             WHERE email IN (?1, '@' || ?2) ORDER BY id",
        )?;
        let rows = query.query_map((email.as_str(), email.domain()), |row| {
            Ok(Self {
                who: row.get(0)?,
                change: row.get(1)?,
                reason: row.get(2)?,
                changed_at: time::from_seconds(row.get(3)?),
            })
        })?;
        rows.map(|row| row.context("reading what befell a suppression")).collect()
    }

    /// When the address was last let be mailed again.
    pub(super) fn removed_at(db: &Db, email: &EmailAddress) -> Result<Option<DateTime<Utc>>> {
        let mut query = db.prepare_cached(
            "SELECT max(changed_at) FROM suppression_changes WHERE email = ?1 AND change = 'removed'",
        )?;
        Ok(time::maybe_from_seconds(query.query_row([email.as_str()], |row| row.get(0))?))
    }
}

fn record_change(
    db: &Db,
    who: &Suppressed,
    change: &str,
    reason: &str,
    feedback: Option<i64>,
    now: DateTime<Utc>,
) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO suppression_changes (email, change, reason, changed_at, feedback_id) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((who.as_str(), change, reason, time::seconds(now), feedback))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_domain_is_read_and_anything_else_refused() {
        let read = |text: &str| text.parse::<Suppressed>().map(|who| who.to_string());
        assert_eq!(read(" Ada@Example.ORG ").as_deref(), Ok("Ada@example.org"));
        for text in ["@Example.org", "example.org", "@EXAMPLE.ORG"] {
            assert_eq!(read(text).as_deref(), Ok("@example.org"), "{text}");
        }
        for text in ["", "@", "ada@", "a b@example.org", "@exa mple.org"] {
            assert!(read(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_domain_covers_its_addresses_and_no_domain_below_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let reason = |email: &str| {
            store.read(|db| Suppression::reason_for(db, &EmailAddress::parse(email)?)).unwrap().unwrap_or_default()
        };
        let add = |who: &str, reason: &str| {
            let who = who.parse().unwrap();
            store.write(|db| Suppression { who, reason: reason.into(), created_at: now }.add(db)).unwrap()
        };
        assert!(add("@example.org", "they asked us not to"));
        assert!(add("Ada@example.org", "complaint"));
        assert!(!add("ada@EXAMPLE.org", "a second reason"));
        assert_eq!(reason("ADA@example.org"), "complaint");
        assert_eq!(reason("bob@example.org"), "they asked us not to");
        assert_eq!(reason("bob@mail.example.org"), "");
        assert_eq!(reason("bob@ample.org"), "");
        let ada = EmailAddress::parse("ada@example.org").unwrap();
        store
            .write(|db| {
                assert!(Suppression::remove(db, &Suppressed::from(&ada), "she wrote to us", now)?);
                assert!(!Suppression::remove(db, &Suppressed::from(&ada), "again", now)?);
                let changes: Vec<_> =
                    SuppressionChange::of(db, &ada)?.into_iter().map(|change| (change.change, change.reason)).collect();
                let said = |change: &str, reason: &str| (change.to_owned(), reason.to_owned());
                let expected = [
                    said("added", "they asked us not to"),
                    said("added", "complaint"),
                    said("removed", "she wrote to us"),
                ];
                assert_eq!(changes, expected);
                Ok(())
            })
            .unwrap();
    }
}
