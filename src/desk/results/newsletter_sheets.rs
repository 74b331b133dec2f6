use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::chart::DAYS;
use super::edition_address;
use super::edition_sheets::platform_name;
use super::sheet::{Cell, Sheet, number, words};
use crate::publishing::Press;
use crate::saying::time::day_in_zone;
use crate::store::{EditionFigures, EditionName, Followed, SubscriptionDay};

/// What is known of a newsletter's last 52 weeks and editions.
#[derive(Debug)]
pub(super) struct Year {
    pub id: String,
    pub name: String,
    pub zone: Tz,
    /// Whose subscription is confirmed now.
    pub readers: u64,
    /// Each added up under its Monday, oldest first.
    pub weeks: Vec<SubscriptionDay>,
    /// Newest first.
    pub editions: Vec<EditionFigures>,
    /// The links of those editions, the most followed first.
    pub followed: Vec<Followed>,
    /// Readers' clicks by day, Monday first, and hour of the newsletter's zone.
    pub hours: [[u64; 24]; 7],
}

/// The tables of a newsletter's results. Those with nothing in them are not among them.
pub(super) fn sheets(press: &Press, year: &Year) -> Vec<Sheet> {
    let sheets = [
        editions(press, year),
        stories(press, year),
        by(press, year, "platforms", "Best platforms", "platform", |link| &link.platform),
        by(press, year, "sections", "Best sections", "section", |link| &link.section),
        hours(year),
        weeks(year),
    ];
    sheets.into_iter().filter(|sheet| !sheet.rows.is_empty()).collect()
}

fn editions(press: &Press, year: &Year) -> Sheet {
    let row = |edition: &EditionFigures| {
        let name = EditionName { newsletter: year.id.clone(), number: edition.number };
        let clicks = edition.per_thousand(edition.clicks).filter(|_| edition.is_followed);
        vec![
            Cell::Link(format!("No. {}", edition.number), edition_address(&name)),
            Cell::Text(day_in_zone(edition.started_at, year.zone, press.now())),
            Cell::Text(edition.subject.clone()),
            Cell::Count(edition.counts.accepted),
            Cell::Count(edition.delivered()),
            Cell::Count(edition.hard + edition.soft),
            Cell::Count(edition.complaints),
            Cell::Count(edition.left),
            if edition.is_followed { Cell::Count(edition.clicks) } else { Cell::Nothing },
            Cell::decimal(clicks),
        ]
    };
    Sheet {
        name: "editions",
        title: "The last 52 editions",
        note: String::new(),
        columns: vec![
            words("edition"),
            words("sent"),
            words("subject"),
            number("accepted"),
            number("delivered"),
            number("bounced"),
            number("complaints"),
            number("left"),
            number("clicks"),
            number("per 1,000"),
        ],
        rows: year.editions.iter().map(row).collect(),
        shown: 52,
        is_wide: true,
    }
}

fn stories(press: &Press, year: &Year) -> Sheet {
    let row = |link: &Followed| {
        let of = year.editions.iter().find(|edition| edition.number == link.number);
        let rate = of.and_then(|edition| edition.per_thousand(link.readers));
        let name = EditionName { newsletter: year.id.clone(), number: link.number };
        vec![
            Cell::Link(link.headline.clone(), link.url.clone()),
            Cell::Count(link.readers),
            Cell::decimal(rate),
            Cell::Link(format!("No. {}", link.number), edition_address(&name)),
            Cell::Text(platform_name(press, &link.platform)),
        ]
    };
    let with_story = year.followed.iter().filter(|link| !link.headline.is_empty() && link.readers > 0);
    Sheet {
        name: "stories",
        title: "Best stories",
        note: "By readers’ clicks in the last 52 editions; beside them, how many that is per 1,000 delivered."
            .to_owned(),
        columns: vec![words("story"), number("clicks"), number("per 1,000"), words("edition"), words("platform")],
        rows: with_story.map(row).collect(),
        shown: 15,
        is_wide: true,
    }
}

/// The links added up by what they have in common, the most followed a story first.
fn by(
    press: &Press,
    year: &Year,
    name: &'static str,
    title: &'static str,
    what: &'static str,
    of: impl Fn(&Followed) -> &String,
) -> Sheet {
    let clicks: u64 = year.followed.iter().map(|link| link.readers).sum();
    let mut groups: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for link in year.followed.iter().filter(|link| !of(link).is_empty()) {
        let (stories, readers) = groups.entry(of(link)).or_default();
        *stories += 1;
        *readers += link.readers;
    }
    let mut rows: Vec<(&str, u64, u64, f64)> = groups
        .into_iter()
        .map(|(group, (stories, readers))| (group, stories, readers, readers as f64 / stories as f64))
        .collect();
    rows.sort_by(|one, other| other.3.total_cmp(&one.3));
    let row = |(group, stories, readers, each): (&str, u64, u64, f64)| {
        vec![
            // Sections are called what they are called; only platforms have another name.
            Cell::Text(platform_name(press, group)),
            Cell::Count(stories),
            Cell::Count(readers),
            Cell::share(readers, clicks),
            Cell::Decimal(each),
        ]
    };
    Sheet {
        name,
        title,
        note: "By clicks a story: what runs more often is clicked more often.".to_owned(),
        columns: vec![words(what), number("stories"), number("clicks"), number("share"), number("clicks a story")],
        rows: rows.into_iter().map(row).collect(),
        shown: 12,
        is_wide: false,
    }
}

fn hours(year: &Year) -> Sheet {
    let total: u64 = year.hours.iter().flatten().sum();
    let mut hours: Vec<(usize, usize, u64)> = Vec::new();
    for (day, of_day) in year.hours.iter().enumerate() {
        hours.extend(of_day.iter().enumerate().filter(|(_, many)| **many > 0).map(|(hour, many)| (day, hour, *many)));
    }
    hours.sort_by_key(|(.., many)| std::cmp::Reverse(*many));
    let row = |(day, hour, many): (usize, usize, u64)| {
        vec![
            Cell::Text(DAYS[day].to_owned()),
            Cell::Text(format!("{hour:02}:00")),
            Cell::Count(many),
            Cell::share(many, total),
        ]
    };
    Sheet {
        name: "hours",
        title: "Best hours",
        note: format!("Clicks of the last 52 weeks, by hour of the week in {}.", year.zone),
        columns: vec![words("day"), words("from"), number("clicks"), number("share")],
        rows: hours.into_iter().map(row).collect(),
        shown: 5,
        is_wide: false,
    }
}

fn weeks(year: &Year) -> Sheet {
    let row = |week: &SubscriptionDay| {
        vec![
            Cell::Text(week.day.to_string()),
            Cell::Count(week.joined),
            Cell::Count(week.left),
            Cell::Count(week.complained),
            Cell::Count(week.removed),
            Cell::Net(week.joined as i64 - week.lost() as i64),
        ]
    };
    let is_empty = year.weeks.iter().all(|week| week.joined + week.lost() == 0);
    Sheet {
        name: "weeks",
        title: "Readers by week",
        note: "Weeks begin on Monday (UTC); the newest comes first.".to_owned(),
        columns: vec![
            words("week of"),
            number("joined"),
            number("left"),
            number("complained"),
            number("removed"),
            number("net"),
        ],
        rows: if is_empty { Vec::new() } else { year.weeks.iter().rev().map(row).collect() },
        shown: 8,
        is_wide: false,
    }
}
