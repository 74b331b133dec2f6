use anyhow::Result;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Datelike, TimeDelta, Timelike};

use super::PART;
use super::chart::{Bars, DAYS, Hours, Line, Week};
use super::newsletter_sheets::{Year, sheets};
use super::sheet::{Sheet, file};
use crate::config::Newsletter;
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::Signed;
use crate::desk::room::Room;
use crate::publishing::Press;
use crate::saying::number::grouped;
use crate::store::{Db, EditionFigures, Followed, SubscriptionDay, clicks_by_hour, known_newsletter_number};

/// Weeks and editions that are looked back on.
const YEAR: u32 = 52;

#[derive(Debug, Template)]
#[template(path = "desk/results_newsletter.html")]
struct ResultsPage {
    frame: Frame,
    address: String,
    /// How many read it, and how that changed.
    readers: String,
    best_hour: String,
    growth: Option<Bars>,
    followed: Option<Line>,
    hours: Option<Hours>,
    sheets: Vec<Sheet>,
}

pub(in crate::desk) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Path(newsletter): Path<String>,
) -> Result<Response, Failure> {
    let year = year(&room, newsletter).await?;
    let frame = Frame::new(&room, &signed, PART, format!("{}: results", year.name));
    let shown = ResultsPage {
        frame,
        address: format!("{}/results", super::newsletter_address(&year.id)),
        readers: readers(&year),
        best_hour: best_hour(&year),
        growth: Bars::of(&year.chart_weeks(), "Readers who joined and left, by week".to_owned()),
        followed: Line::of(&followed(&year), "Readers’ clicks per 1,000 delivered, by edition".to_owned()),
        hours: Hours::of(&year.hours, format!("Readers’ clicks by hour of the week, {}", year.zone)),
        sheets: sheets(room.press(), &year),
    };
    Ok(page(StatusCode::OK, &shown))
}

/// One of its tables as a file.
pub(in crate::desk) async fn csv(
    State(room): State<Room>,
    Path((newsletter, table)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let year = year(&room, newsletter).await?;
    file(&sheets(room.press(), &year), &table, &year.id)
}

async fn year(room: &Room, newsletter: String) -> Result<Year, Failure> {
    if room.press().config().newsletter(&newsletter).is_none() {
        return Err(Failure::NoSuchPage);
    }
    room.ask(move |store, press| {
        let newsletter = press.newsletter(&newsletter)?;
        store.read(|db| load(db, press, newsletter))
    })
    .await
}

fn load(db: &Db, press: &Press, newsletter: &Newsletter) -> Result<Year> {
    let zone = newsletter.timezone.zone();
    let today = press.now().date_naive();
    let monday = today - TimeDelta::days(today.weekday().num_days_from_monday().into());
    let first = monday - TimeDelta::weeks((YEAR - 1).into());
    let mut year = Year {
        id: newsletter.id.to_string(),
        name: newsletter.name.to_string(),
        zone,
        readers: 0,
        weeks: (0..YEAR).map(|week| SubscriptionDay::none(first + TimeDelta::weeks(week.into()))).collect(),
        editions: Vec::new(),
        followed: Vec::new(),
        hours: [[0; 24]; 7],
    };
    let Some(number) = known_newsletter_number(db, newsletter.id.as_str())? else { return Ok(year) };
    year.readers = SubscriptionDay::confirmed(db, number)?;
    for day in SubscriptionDay::since(db, number, first)? {
        let week = (day.day - first).num_weeks();
        if let Some(week) = usize::try_from(week).ok().and_then(|week| year.weeks.get_mut(week)) {
            week.add(&day);
        }
    }
    year.editions = EditionFigures::latest(db, number, u32::MAX, YEAR)?;
    let ids: Vec<_> = year.editions.iter().map(|edition| edition.id).collect();
    year.followed = Followed::in_editions(db, &ids)?;
    let since = first.and_time(chrono::NaiveTime::MIN).and_utc();
    for (hour, readers) in clicks_by_hour(db, number, since)? {
        let local = hour.with_timezone(&zone);
        year.hours[local.weekday().num_days_from_monday() as usize][local.hour() as usize] += readers;
    }
    Ok(year)
}

fn readers(year: &Year) -> String {
    let joined: u64 = year.weeks.iter().map(|week| week.joined).sum();
    let lost: u64 = year.weeks.iter().map(SubscriptionDay::lost).sum();
    let readers = if year.readers == 1 { "1 reader".to_owned() } else { format!("{} readers", grouped(year.readers)) };
    format!("{readers}. In the last 52 weeks {} joined and {} left.", grouped(joined), grouped(lost))
}

fn best_hour(year: &Year) -> String {
    let total: u64 = year.hours.iter().flatten().sum();
    let hours = (0..7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
    let best = hours.max_by_key(|(day, hour)| year.hours[*day][*hour]);
    match best {
        Some((day, hour)) if total > 0 => {
            let share = year.hours[day][hour] as f64 * 100.0 / total as f64;
            format!(
                "Readers click most on {} from {hour:02}:00 to {:02}:00 {}: {share:.1} % of all clicks.",
                DAYS[day],
                (hour + 1) % 24,
                year.zone
            )
        }
        _ => String::new(),
    }
}

/// By number, oldest first.
fn followed(year: &Year) -> Vec<(u32, f64)> {
    let editions = year.editions.iter().rev().filter(|edition| edition.is_followed);
    editions.filter_map(|edition| Some((edition.number, edition.per_thousand(edition.clicks)?))).collect()
}

impl Year {
    fn chart_weeks(&self) -> Vec<Week> {
        let week = |week: &SubscriptionDay| Week { monday: week.day, joined: week.joined, lost: week.lost() };
        self.weeks.iter().map(week).collect()
    }
}
