//! griot's own words in a message: dates, numbers, the few fixed phrases. English; another language is another table
//! here and nowhere else.

use chrono::Weekday::{self, Fri, Mon, Sat, Sun, Thu, Tue, Wed};
use chrono::{Datelike, NaiveDate, WeekdaySet};

use super::publisher::{Newsletter, Publisher};
use super::{Place, Plain};
use crate::config::Cadence;

pub(super) const READ_ON: &str = "Read on";
pub(super) const READ_ALSO: &str = "Read also";
pub(super) const MUST_READ: &str = "Must read";
/// Over what is paid for.
pub(super) const SPONSORED: &str = "Sponsored";
pub(super) const EVENTS: &str = "Coming up";
pub(super) const VIEW_ONLINE: &str = "View online";
pub(super) const PREFERENCES: &str = "Preferences";
pub(super) const UNSUBSCRIBE: &str = "Unsubscribe";
/// Between two stories of the text version.
pub(super) const RULE: &str = "------------------------------------------------------------------------";
/// Under its masthead and over its footer.
pub(super) const DOUBLE_RULE: &str = "========================================================================";

const ONES: [&str; 20] = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// More names than this in a byline become "and 4 others".
const BYLINES: usize = 3;

/// `3 March 2025`.
pub fn date(date: NaiveDate) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// `Friday 7 November 2025`.
pub fn full_date(date: NaiveDate) -> String {
    format!("{} {}", weekday(date), self::date(date))
}

/// `Friday`.
pub(super) fn weekday(date: NaiveDate) -> &'static str {
    weekday_name(date.weekday())
}

/// `14`, in an event's date block.
pub(super) fn day(date: NaiveDate) -> u32 {
    date.day()
}

/// `Nov`, under the day in an event's date block.
pub(super) fn short_month(date: NaiveDate) -> &'static str {
    &month(date)[..3]
}

/// A day as one says it from another: `Wednesday` within the week before, `28 October` else, with the year if it is
/// another.
pub(super) fn day_near(day: NaiveDate, from: NaiveDate) -> String {
    match (from - day).num_days() {
        0..7 => weekday(day).to_owned(),
        _ if day.year() == from.year() => format!("{} {}", day.day(), month(day)),
        _ => date(day),
    }
}

/// `Ten stories, six minutes`.
pub(super) fn promise(stories: usize, minutes: usize) -> String {
    let counted = |n: usize, one: &str, more: &str| format!("{} {}", in_words(n), if n == 1 { one } else { more });
    format!("{}, {}", capitalized(&counted(stories, "story", "stories")), counted(minutes, "minute", "minutes"))
}

/// `seven days`.
pub(super) fn days(days: u32) -> String {
    format!("{} {}", in_words(days as usize), if days == 1 { "day" } else { "days" })
}

/// `No. 12`.
pub(super) fn number(number: u32) -> String {
    format!("No. {number}")
}

/// `By Ama Owusu, Kojo Antwi and Esi Boateng`; nothing for nobody.
pub(super) fn by(names: &[Plain]) -> String {
    let names: Vec<&str> = names.iter().map(Plain::as_str).filter(|name| !name.is_empty()).collect();
    match names.len() {
        0 => String::new(),
        n if n > BYLINES => format!("By {}, {} and {} others", names[0], names[1], in_words(n - 2)),
        _ => format!("By {}", listed(&names)),
    }
}

/// `Also on Beatline and North Star`; nothing for none.
pub(super) fn also_on(platforms: &[Plain]) -> String {
    let names: Vec<&str> = platforms.iter().map(Plain::as_str).filter(|name| !name.is_empty()).collect();
    if names.is_empty() { String::new() } else { format!("Also on {}", listed(&names)) }
}

/// `every Friday`; nothing where there is no rhythm.
pub fn how_often(cadence: Cadence) -> Option<String> {
    const WORKDAYS: WeekdaySet = WeekdaySet::from_array([Mon, Tue, Wed, Thu, Fri]);
    match cadence {
        Cadence::Weekly(WeekdaySet::ALL) => Some("every day".to_owned()),
        Cadence::Weekly(WORKDAYS) => Some("every weekday".to_owned()),
        Cadence::Weekly(days) => {
            Some(format!("every {}", listed(&days.iter(Mon).map(weekday_name).collect::<Vec<_>>())))
        }
        Cadence::Monthly => Some("once a month".to_owned()),
        Cadence::Irregular => None,
    }
}

/// `The Weekly Brief every Friday`.
pub(super) fn coming(newsletter: &Newsletter) -> String {
    let name = &newsletter.name;
    how_often(newsletter.cadence).map_or_else(|| name.to_string(), |often| format!("{name} {often}"))
}

/// Why the reader gets this: `You get The Weekly Brief every Friday because you signed up at example.org on …`, or
/// `with Harmattan Press` where the website has no name of its own, as on one's own machine.
pub(super) fn why(newsletter: &Newsletter, publisher: &Publisher) -> String {
    let whereabouts = match publisher.website.named_site() {
        Some(site) => format!("at {site}"),
        None => format!("with {}", publisher.name),
    };
    format!("You get {} because you signed up {whereabouts} on {}.", coming(newsletter), Place::SubscribedOn)
}

/// Why somebody is asked to confirm: `Someone, most likely you, gave this address at example.org to get …`; the publisher
/// stands for a website without a name here too.
pub(super) fn asked(newsletter: &Newsletter, publisher: &Publisher) -> String {
    let whom = match publisher.website.named_site() {
        Some(site) => format!("at {site}"),
        None => format!("to {}", publisher.name),
    };
    format!("Someone, most likely you, gave this address {whom} to get {}.", coming(newsletter))
}

/// `Get The Weekly Brief every Friday`, on the archive's link to the sign-up page.
pub(super) fn get(newsletter: &Newsletter) -> String {
    format!("Get {}", coming(newsletter))
}

/// The number of a line of the text version, right-aligned: ` 2. `.
pub(super) fn label(number: usize) -> String {
    format!("{number:>2}. ")
}

/// Joins what is there with middle dots.
pub(super) fn dotted<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A number as it is written in a sentence; in digits from a hundred on.
fn in_words(n: usize) -> String {
    match n {
        0..20 => ONES[n].to_owned(),
        20..100 if n.is_multiple_of(10) => TENS[n / 10].to_owned(),
        20..100 => format!("{}-{}", TENS[n / 10], ONES[n % 10]),
        _ => n.to_string(),
    }
}

/// `Every Friday`, from `every Friday`.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn month(date: NaiveDate) -> &'static str {
    MONTHS[date.month0() as usize]
}

/// `Friday`.
pub fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Mon => "Monday",
        Tue => "Tuesday",
        Wed => "Wednesday",
        Thu => "Thursday",
        Fri => "Friday",
        Sat => "Saturday",
        Sun => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn promises_in_words() {
        assert_eq!(promise(10, 6), "Ten stories, six minutes");
        assert_eq!(promise(1, 1), "One story, one minute");
        assert_eq!(promise(25, 40), "Twenty-five stories, forty minutes");
        assert_eq!(promise(100, 12), "100 stories, twelve minutes");
    }

    #[test]
    fn says_a_day_as_seen_from_the_edition() {
        let friday = day(2025, 11, 7);
        assert_eq!(full_date(friday), "Friday 7 November 2025");
        assert_eq!(day_near(day(2025, 11, 5), friday), "Wednesday");
        assert_eq!(day_near(friday, friday), "Friday");
        // A week ago was a Friday too.
        assert_eq!(day_near(day(2025, 10, 31), friday), "31 October");
        assert_eq!(day_near(day(2025, 11, 8), friday), "8 November");
        assert_eq!(day_near(day(2024, 12, 30), friday), "30 December 2024");
    }

    #[test]
    fn names_the_writers() {
        let names = |n: usize| ["Ama", "", "Kojo", "Esi", "Yaw", "Efua"].map(Plain::from)[..n].to_vec();
        assert_eq!(by(&names(0)), "");
        assert_eq!(by(&names(2)), "By Ama");
        assert_eq!(by(&names(3)), "By Ama and Kojo");
        assert_eq!(by(&names(4)), "By Ama, Kojo and Esi");
        assert_eq!(by(&names(6)), "By Ama, Kojo and three others");
    }

    #[test]
    fn says_how_often_a_newsletter_comes() {
        let often = |days: &[Weekday]| how_often(Cadence::Weekly(days.iter().copied().collect())).unwrap();
        assert_eq!(often(&[Fri]), "every Friday");
        assert_eq!(often(&[Fri, Mon, Wed]), "every Monday, Wednesday and Friday");
        assert_eq!(often(&[Mon, Tue, Wed, Thu, Fri]), "every weekday");
        assert_eq!(often(&[Mon, Tue, Wed, Thu, Fri, Sat, Sun]), "every day");
        let name = |cadence| coming(&Newsletter { name: "The Brief".into(), cadence });
        assert_eq!(name(Cadence::Monthly), "The Brief once a month");
        assert_eq!(name(Cadence::Irregular), "The Brief");
    }

    #[test]
    fn leaves_out_what_is_not_there() {
        assert_eq!(dotted(["", "Economy", ""]), "Economy");
        assert_eq!(dotted(["Harmattan", "", "Economy"]), "Harmattan · Economy");
    }
}
