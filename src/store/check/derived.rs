//! What is kept beside other rows and follows from them: searches, sums, days; and what must be there at all.

use crate::store::database;
use std::fs;

use anyhow::Result;

use super::{Db, Fault};
use crate::saying::number::megabytes;

/// A log of this size is not taken into the file any more.
const LONGEST_LOG: u64 = 512 << 20;

pub fn check(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    check_keys(db, faults)?;
    check_log(db, faults);
    check_search(db, faults, "subscriber_search", "subscribers", "SELECT id FROM subscribers")?;
    check_search(db, faults, "story_search", "stories", "SELECT id FROM stories")?;
    check_search(db, faults, "edition_search", "editions", "SELECT id FROM editions WHERE html <> ''")?;
    check_readers(db, faults)?;
    check_days(db, faults)?;
    check_clicks(db, faults)
}

fn fault(wrong: String, to_do: &str) -> Fault {
    Fault { edition: String::new(), wrong, to_do: to_do.to_owned() }
}

fn number(db: &Db, query: &str) -> Result<i64> {
    Ok(db.query_row(query, [], |row| row.get(0))?)
}

fn check_keys(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    // Whoever opens a store without a key makes one, so that one is never missing; but then it is too young.
    let is_late = "SELECT (SELECT min(created_at) FROM keys) > (SELECT min(approved_at) FROM editions)";
    if db.query_row(is_late, [], |row| row.get::<Option<bool>>(0))?.unwrap_or_default() {
        faults.push(fault(
            "its first key is younger than editions that went out with links".to_owned(),
            "restore a backup: with another key every link in mail already sent is dead",
        ));
    }
    let missing =
        number(db, "SELECT count(*) FROM editions WHERE key_id IS NOT NULL AND key_id NOT IN (SELECT id FROM keys)")?;
    if missing > 0 {
        let wrong = format!("the key of {} is not there", of(missing, "edition", "editions"));
        faults.push(fault(wrong, "restore a backup: the links of those are dead"));
    }
    Ok(())
}

/// Where nobody takes it in, it grows until the disk is full, and every reader is slowed by it.
fn check_log(db: &Db, faults: &mut Vec<Fault>) {
    let Db::Sqlite(db) = db else { return };
    let Some(path) = db.path() else { return };
    let length = fs::metadata(format!("{path}-wal")).map_or(0, |log| log.len());
    if length > LONGEST_LOG {
        faults.push(fault(
            format!("its log has {}", megabytes(length)),
            "something reads the store without end, or store.replicated is set and nothing replicates it: end that",
        ));
    }
}

/// That a search finds every row, and no row that is not there. Where the words are kept by the search itself, the ids tell.
fn check_search(db: &Db, faults: &mut Vec<Fault>, search: &str, what: &str, rows: &str) -> Result<()> {
    // On a server two of the searches are indexes of their tables, which cannot miss a row.
    let found = match search {
        "edition_search" => {
            db.pick("SELECT id FROM edition_search_docsize", "SELECT rowid FROM edition_search").to_owned()
        }
        _ if db.pick(false, true) => return Ok(()),
        _ => format!("SELECT id FROM {search}_docsize"),
    };
    let missing = number(db, &format!("SELECT count(*) FROM ({rows} EXCEPT {found}) AS missing"))?;
    let stray = number(db, &format!("SELECT count(*) FROM ({found} EXCEPT {rows}) AS stray"))?;
    if missing + stray > 0 {
        let wrong = format!("the search for {what} misses {missing} and finds {stray} that are not there");
        let to_do = format!("stop griot and run: INSERT INTO {search} ({search}) VALUES ('rebuild')");
        let to_do = if search == "edition_search" { "restore a backup" } else { to_do.as_str() };
        faults.push(fault(wrong, to_do));
    }
    Ok(())
}

/// Erased readers leave their deliveries; nobody else may.
fn check_readers(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    let last = db.pick(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'subscribers'",
        "SELECT last_value - iif(is_called, 0, 1) FROM subscribers_id_seq",
    );
    let last = number(db, last)?;
    let mut unknown = 0;
    let mut editions = db.prepare("SELECT id FROM editions")?;
    let editions: Vec<i64> = editions.query_map([], |row| row.get(0))?.collect::<database::Result<_>>()?;
    let mut query = db.prepare(
        "SELECT count(*) FROM deliveries WHERE edition_id = ?1 AND (subscriber_id > ?2 OR subscriber_id < 1)",
    )?;
    for edition in editions {
        unknown += query.query_row((edition, last), |row| row.get::<i64>(0))?;
    }
    if unknown > 0 {
        let wrong = format!("{} of subscribers that never were", of(unknown, "delivery is", "deliveries are"));
        faults.push(fault(wrong, "restore a backup: the next who sign up would be taken for them"));
    }
    Ok(())
}

fn check_days(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    let mut query = db.prepare(
        "SELECT n.slug, (SELECT count(*) FROM subscriptions AS t WHERE t.newsletter_id = n.id AND t.state = 'confirmed'),
                (SELECT coalesce(sum(joined - departed - complained - removed), 0)
                 FROM subscription_days AS d WHERE d.newsletter_id = n.id)
         FROM newsletters AS n ORDER BY n.id",
    )?;
    let rows = query.query_map([], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?)))?;
    for row in rows {
        let (newsletter, confirmed, told) = row?;
        if confirmed != told {
            let wrong = format!("by the days {newsletter} has {told} readers, and {confirmed} are there");
            faults.push(fault(wrong, "the subscriptions hold: stop griot and correct subscription_days after them"));
        }
    }
    Ok(())
}

fn check_clicks(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    let wrong = number(
        db,
        "SELECT count(*) FROM links AS l
         LEFT JOIN (SELECT link_id, sum(readers) AS readers, sum(scanners) AS scanners FROM clicks GROUP BY link_id) AS c
           ON c.link_id = l.id
         WHERE l.readers <> coalesce(c.readers, 0) OR l.scanners <> coalesce(c.scanners, 0)",
    )?;
    if wrong > 0 {
        let wrong = format!("the clicks of {} are not what the hours add up to", of(wrong, "link", "links"));
        faults.push(fault(wrong, "the hours hold: stop griot and correct links after clicks"));
    }
    Ok(())
}

fn of(many: i64, one: &str, more: &str) -> String {
    format!("{many} {}", if many == 1 { one } else { more })
}
