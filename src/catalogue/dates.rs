use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

use super::{Argument, Catalogue};

impl Catalogue {
    /// `3 March 2025`.
    pub fn date(&self, date: NaiveDate) -> String {
        self.tell("date", &[day(date), month(date), ("year", date.year().into())])
    }

    /// `Friday 7 November 2025`.
    pub fn full_date(&self, date: NaiveDate) -> String {
        let arguments = [of_week(date.weekday()), day(date), month(date), ("year", date.year().into())];
        self.tell("full-date", &arguments)
    }

    /// `Friday`.
    pub fn weekday(&self, date: NaiveDate) -> String {
        self.weekday_name(date.weekday())
    }

    /// `Friday`.
    pub fn weekday_name(&self, weekday: Weekday) -> String {
        self.tell("weekday", &[of_week(weekday)])
    }

    /// `Nov`, under the day in an event's date block.
    pub fn short_month(&self, date: NaiveDate) -> String {
        self.tell("short-month", &[month(date)])
    }

    /// A day as one says it from another: `Wednesday` within the week before, `28 October` else, with the year if it is
    /// another.
    pub fn day_near(&self, date: NaiveDate, from: NaiveDate) -> String {
        match (from - date).num_days() {
            0..7 => self.weekday(date),
            _ if date.year() == from.year() => self.tell("day-and-month", &[day(date), month(date)]),
            _ => self.date(date),
        }
    }

    /// `18:30`.
    pub fn time(&self, time: NaiveTime) -> String {
        let two = |number: u32| Argument::words(format!("{number:02}"));
        self.tell("time", &[("hour", two(time.hour())), ("minute", two(time.minute()))])
    }
}

fn day(date: NaiveDate) -> (&'static str, Argument<'static>) {
    ("day", date.day().into())
}

fn month(date: NaiveDate) -> (&'static str, Argument<'static>) {
    ("month", date.month().into())
}

fn of_week(weekday: Weekday) -> (&'static str, Argument<'static>) {
    ("weekday", weekday.number_from_monday().into())
}
