use std::collections::BTreeMap;

use anyhow::Result;

use super::sheet::{Cell, Sheet, number, words};
use crate::publishing::Press;
use crate::store::{Db, Departure, DomainTries, Edition, FeedbackCount, Followed};

/// More domains than a finished edition can have: each has a thousandth of its tries.
const DOMAINS: u32 = 1_001;

/// The tables of an edition's results. Those with nothing in them are not among them.
pub(super) fn sheets(db: &Db, press: &Press, edition: &Edition) -> Result<Vec<Sheet>> {
    let followed = Followed::in_editions(db, &[edition.id])?;
    let sheets = [
        stories(press, &followed),
        platforms(press, &followed),
        domains(&DomainTries::largest(db, edition.id, DOMAINS)?),
        returned(&FeedbackCount::of(db, edition.id)?),
        left(&edition.departures(db)?),
    ];
    Ok(sheets.into_iter().filter(|sheet| !sheet.rows.is_empty()).collect())
}

fn stories(press: &Press, followed: &[Followed]) -> Sheet {
    let clicks: u64 = followed.iter().map(|link| link.readers).sum();
    let row = |link: &Followed| {
        let text = if link.headline.is_empty() { &link.url } else { &link.headline };
        vec![
            link.place.map_or(Cell::Nothing, |place| Cell::Count(place.into())),
            Cell::Link(text.clone(), link.url.clone()),
            Cell::Count(link.readers),
            Cell::share(link.readers, clicks),
            Cell::Count(link.scanners),
            Cell::Text(platform_name(press, &link.platform)),
        ]
    };
    Sheet {
        name: "stories",
        title: "Clicks by story",
        note: "Readers’ clicks, as far as they can be told from machines that look at every link. What has no place stood in a \
               list beside the stories.".to_owned(),
        columns: vec![
            number("place"),
            words("story"),
            number("readers"),
            number("share"),
            number("scanners"),
            words("platform"),
        ],
        rows: followed.iter().map(row).collect(),
        shown: 40,
        is_wide: true,
    }
}

fn platforms(press: &Press, followed: &[Followed]) -> Sheet {
    let clicks: u64 = followed.iter().map(|link| link.readers).sum();
    let mut platforms: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for link in followed.iter().filter(|link| !link.platform.is_empty()) {
        let (links, readers) = platforms.entry(&link.platform).or_default();
        *links += 1;
        *readers += link.readers;
    }
    let mut rows: Vec<_> = platforms.into_iter().collect();
    rows.sort_by_key(|(_, (_, readers))| std::cmp::Reverse(*readers));
    let row = |(platform, (links, readers)): (&str, (u64, u64))| {
        vec![
            Cell::Text(platform_name(press, platform)),
            Cell::Count(links),
            Cell::Count(readers),
            Cell::share(readers, clicks),
            Cell::decimal(Some(readers as f64 / links as f64)),
        ]
    };
    Sheet {
        name: "platforms",
        title: "Clicks by platform",
        note: String::new(),
        columns: vec![words("platform"), number("stories"), number("readers"), number("share"), number("a story")],
        rows: rows.into_iter().map(row).collect(),
        shown: 20,
        is_wide: true,
    }
}

fn domains(tries: &[DomainTries]) -> Sheet {
    let row = |tries: &DomainTries| {
        let domain = if tries.domain.is_empty() { "all others" } else { &tries.domain };
        vec![
            Cell::Text(domain.to_owned()),
            Cell::Count(tries.total()),
            Cell::share(tries.accepted, tries.total()),
            Cell::Count(tries.accepted),
            Cell::Count(tries.deferred),
            Cell::Count(tries.failed),
            Cell::Count(tries.unknown),
        ]
    };
    Sheet {
        name: "domains",
        title: "Tries by the recipients’ domain",
        note: "A delivery that is put off is tried again, and each try counts.".to_owned(),
        columns: vec![
            words("domain"),
            number("tries"),
            number("accepted, %"),
            number("accepted"),
            number("deferred"),
            number("failed"),
            number("unknown"),
        ],
        rows: tries.iter().map(row).collect(),
        shown: 25,
        is_wide: true,
    }
}

fn returned(counts: &[FeedbackCount]) -> Sheet {
    let row = |count: &FeedbackCount| {
        vec![
            Cell::Text(count.class.clone()),
            Cell::Text(count.reason.clone()),
            Cell::Count(count.refused),
            Cell::Count(count.returned),
        ]
    };
    Sheet {
        name: "returned",
        title: "What came back",
        note: "Readers, each once a class: refused while it was sent, or told afterwards.".to_owned(),
        columns: vec![words("class"), words("reason"), number("refused"), number("afterwards")],
        rows: counts.iter().map(row).collect(),
        shown: 20,
        is_wide: true,
    }
}

fn left(departures: &[Departure]) -> Sheet {
    let total: u64 = departures.iter().map(|departure| departure.readers).sum();
    let row = |departure: &Departure| {
        let reason = match departure.reason.as_str() {
            "" => "not said".to_owned(),
            known => known.replace('-', " "),
        };
        vec![
            Cell::Text(departure.by.clone()),
            Cell::Text(reason),
            Cell::Count(departure.readers),
            Cell::share(departure.readers, total),
        ]
    };
    Sheet {
        name: "left",
        title: "Who left by it",
        note: "By the link of this edition, and not come back since.".to_owned(),
        columns: vec![words("how"), words("why"), number("readers"), number("share")],
        rows: departures.iter().map(row).collect(),
        shown: 20,
        is_wide: true,
    }
}

/// As readers know it; its id where it is no longer configured.
pub(super) fn platform_name(press: &Press, id: &str) -> String {
    press.config().platform(id).map_or_else(|| id.to_owned(), |platform| platform.name.to_string())
}
