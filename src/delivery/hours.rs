use chrono::{DateTime, Days, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::config::{QuietHours, instant_of};
use crate::store::{Claimed, When};

/// At which hours the deliveries of an edition may go.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The newsletter's, for readers whose own is not known.
    pub zone: Tz,
    /// Each reader gets it when their clock shows this, for the first time since the release.
    pub local_hour: Option<NaiveTime>,
    /// Nothing is sent while a reader's clock shows one of these.
    pub quiet: Option<QuietHours>,
    /// What is unsent by then is not sent any more.
    pub deadline: Option<DateTime<Utc>>,
    pub released_at: DateTime<Utc>,
}

impl Hours {
    /// At any hour.
    pub fn any(zone: Tz, released_at: DateTime<Utc>) -> Self {
        Self { zone, local_hour: None, quiet: None, deadline: None, released_at }
    }

    pub(super) fn when(&self, delivery: &Claimed, now: DateTime<Utc>) -> When {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return When::Never("its deadline had passed");
        }
        if self.local_hour.is_none() && self.quiet.is_none() {
            return When::Now;
        }
        let zone = delivery.timezone.parse().unwrap_or(self.zone);
        let mut at = now;
        // A second try goes by the plan for tries.
        if let Some(hour) = self.local_hour
            && delivery.attempts == 0
        {
            at = at.max(next_local(hour, zone, self.released_at));
        }
        if let Some(quiet) = &self.quiet {
            at = end_of_quiet(quiet, zone, at);
        }
        match self.deadline {
            Some(deadline) if at >= deadline => When::Never("its deadline comes before it may be sent"),
            _ if at > now => When::At(at),
            _ => When::Now,
        }
    }

    /// What is too much for today, and may go within this hour.
    pub(super) fn when_within(&self, hour: DateTime<Utc>) -> When {
        match self.deadline {
            Some(deadline) if hour >= deadline => When::Never("its deadline comes before the warm-up lets it go"),
            _ => When::Within(hour),
        }
    }
}

/// The first time at or after `from` when clocks there show `hour`.
fn next_local(hour: NaiveTime, zone: Tz, from: DateTime<Utc>) -> DateTime<Utc> {
    let today = from.with_timezone(&zone).date_naive();
    let days = (0..3).filter_map(|days| today.checked_add_days(Days::new(days)));
    days.map(|day| instant_of(day.and_time(hour), zone)).find(|at| *at >= from).unwrap_or(from)
}

/// `at`, or the end of the quiet hours it falls into.
fn end_of_quiet(quiet: &QuietHours, zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
    let time = at.with_timezone(&zone).time();
    let is_quiet = if quiet.from < quiet.to {
        (quiet.from..quiet.to).contains(&time)
    } else {
        time >= quiet.from || time < quiet.to
    };
    if is_quiet { next_local(quiet.to, zone, at) } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::EmailAddress;
    use crate::store::{DeliveryState, EditionId, SubscriberId};

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn time(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }

    fn reader(timezone: &str) -> Claimed {
        Claimed {
            variant: 0,
            edition: EditionId(1),
            subscriber: SubscriberId(1),
            email: EmailAddress::parse("ada@example.org").unwrap(),
            name: String::new(),
            timezone: timezone.into(),
            subscribed_at: DateTime::UNIX_EPOCH,
            attempts: 0,
            from: DeliveryState::Queued,
            was_unknown: false,
        }
    }

    fn hours(released_at: &str) -> Hours {
        Hours::any(chrono_tz::Africa::Accra, at(released_at))
    }

    #[test]
    fn each_reader_has_the_hour_of_their_own_clock() {
        let hours = Hours { local_hour: Some(time("08:00")), ..hours("2026-11-05T18:00:00Z") };
        let now = at("2026-11-05T18:00:00Z");
        let due = |zone: &str| hours.when(&reader(zone), now);
        assert_eq!(due("Pacific/Auckland"), When::At(at("2026-11-05T19:00:00Z")));
        assert_eq!(due(""), When::At(at("2026-11-06T08:00:00Z")), "who has none has the newsletter's");
        assert_eq!(due("no/such"), When::At(at("2026-11-06T08:00:00Z")));
        assert_eq!(due("America/Los_Angeles"), When::At(at("2026-11-06T16:00:00Z")));
        assert_eq!(hours.when(&reader("America/Los_Angeles"), at("2026-11-06T16:00:00Z")), When::Now);
        let second_try = Claimed { attempts: 1, ..reader("America/Los_Angeles") };
        assert_eq!(hours.when(&second_try, now), When::Now);
    }

    #[test]
    fn nothing_goes_in_quiet_hours_also_over_midnight() {
        let night = QuietHours { from: time("22:00"), to: time("07:00") };
        let hours = Hours { quiet: Some(night), ..hours("2026-11-05T18:00:00Z") };
        let due = |now: &str| hours.when(&reader("Europe/Berlin"), at(now));
        assert_eq!(due("2026-11-05T20:59:59Z"), When::Now);
        assert_eq!(due("2026-11-05T21:00:00Z"), When::At(at("2026-11-06T06:00:00Z")));
        assert_eq!(due("2026-11-06T05:59:59Z"), When::At(at("2026-11-06T06:00:00Z")));
        assert_eq!(due("2026-11-06T06:00:00Z"), When::Now);
        let noon = QuietHours { from: time("12:00"), to: time("14:00") };
        let hours = Hours { quiet: Some(noon), ..hours };
        assert_eq!(hours.when(&reader(""), at("2026-11-05T12:30:00Z")), When::At(at("2026-11-05T14:00:00Z")));
        assert_eq!(hours.when(&reader(""), at("2026-11-05T14:00:00Z")), When::Now);
    }

    #[test]
    fn after_the_deadline_nothing_goes_and_what_could_only_go_after_it_neither() {
        let night = QuietHours { from: time("22:00"), to: time("07:00") };
        let deadline = Some(at("2026-11-06T06:00:00Z"));
        let hours = Hours { quiet: Some(night), deadline, ..hours("2026-11-05T18:00:00Z") };
        assert_eq!(hours.when(&reader(""), at("2026-11-05T19:00:00Z")), When::Now);
        let never = When::Never("its deadline comes before it may be sent");
        assert_eq!(hours.when(&reader(""), at("2026-11-05T23:00:00Z")), never);
        assert_eq!(hours.when(&reader(""), at("2026-11-06T06:00:00Z")), When::Never("its deadline had passed"));
    }

    #[test]
    fn an_hour_the_clock_jumps_over_is_the_first_after_the_jump() {
        let hours = Hours { local_hour: Some(time("02:30")), ..hours("2026-03-28T12:00:00Z") };
        let due = hours.when(&reader("Europe/Berlin"), at("2026-03-28T12:00:00Z"));
        assert_eq!(due, When::At(at("2026-03-29T01:00:00Z")));
        let autumn = Hours { released_at: at("2026-10-24T12:00:00Z"), ..hours };
        let due = autumn.when(&reader("Europe/Berlin"), at("2026-10-24T12:00:00Z"));
        assert_eq!(due, When::At(at("2026-10-25T00:30:00Z")), "the earlier of the two");
    }
}
