//! Lines and bars, as the coordinates that a template draws. Nothing moves, and all that is drawn is told in words too.

use chrono::{Datelike, NaiveDate};

use crate::saying::number::grouped;

/// The small line beside a figure: 120 wide, 30 high.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spark {
    /// As `points` of a polyline.
    pub points: String,
    /// Where it ends: this edition.
    pub x: String,
    pub y: String,
    pub title: String,
}

/// A line or a mark on an axis, where it stands and what it says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub at: String,
    pub label: String,
}

/// A long line with axes: [`WIDTH`] by [`HEIGHT`].
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub points: String,
    pub last_x: String,
    pub last_y: String,
    pub last: String,
    pub across: Vec<Tick>,
    pub down: Vec<Tick>,
    pub title: String,
}

/// Bars up for who came and down for who left, a week each. One that dwarfs all others, as an import does, is cut.
#[derive(Clone, Debug)]
pub(super) struct Bars {
    pub bars: Vec<Bar>,
    pub zero: String,
    pub across: Vec<Tick>,
    pub down: Vec<Tick>,
    pub title: String,
}

#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
    pub is_up: bool,
    pub title: String,
    /// Of one that is too high to be drawn among the others: its number, and where that stands.
    pub cut: Option<(String, String)>,
}

/// The hours of a week, each as dark as it is busy: 0 to 5.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    pub days: Vec<Day>,
    pub title: String,
}

#[derive(Clone, Debug)]
pub(super) struct Day {
    pub name: &'static str,
    pub y: usize,
    pub text_y: usize,
    pub hours: Vec<Hour>,
}

#[derive(Clone, Debug)]
pub(super) struct Hour {
    pub x: usize,
    pub level: u64,
}

/// A week of a newsletter's readers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Week {
    pub monday: NaiveDate,
    pub joined: u64,
    pub lost: u64,
}

pub(super) const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
/// Room for what the axes say.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 56.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;

fn pt(number: f64) -> String {
    format!("{number:.1}")
}

/// The next number above that reads well: 1, 2 or 5 of its size.
fn round_up(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let size = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * size).find(|top| *top >= most).unwrap_or(most)
}

impl Spark {
    /// Oldest first; what is not known is left out. `None` where there is no line to draw.
    pub fn of(values: &[Option<f64>], title: String) -> Option<Self> {
        let known: Vec<(usize, f64)> =
            values.iter().enumerate().filter_map(|(index, value)| Some((index, (*value)?))).collect();
        if known.len() < 2 {
            return None;
        }
        let (least, most) =
            known.iter().fold((f64::MAX, f64::MIN), |(least, most), (_, value)| (least.min(*value), most.max(*value)));
        let range = if most > least { most - least } else { 1.0 };
        let place = |(index, value): (usize, f64)| {
            let x = 3.0 + index as f64 * 114.0 / (values.len() - 1) as f64;
            let y = if most > least { 26.0 - (value - least) * 22.0 / range } else { 15.0 };
            (pt(x), pt(y))
        };
        let points: Vec<(String, String)> = known.into_iter().map(place).collect();
        let (x, y) = points.last().cloned()?;
        let points = points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
        Some(Self { points, x, y, title })
    }
}

impl Line {
    /// Of numbered editions, oldest first. `None` where there is no line to draw.
    pub fn of(editions: &[(u32, f64)], title: String) -> Option<Self> {
        let (last_number, last) = *editions.last().filter(|_| editions.len() > 1)?;
        let top = round_up(editions.iter().map(|(_, value)| *value).fold(0.0, f64::max));
        let x = |index: usize| LEFT + index as f64 * (WIDTH - LEFT - RIGHT) / (editions.len() - 1) as f64;
        let y = |value: f64| HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM) / top;
        let points: Vec<String> = editions
            .iter()
            .enumerate()
            .map(|(index, (_, value))| format!("{},{}", pt(x(index)), pt(y(*value))))
            .collect();
        let every = editions.len().div_ceil(8);
        let across = editions.iter().enumerate().filter(|(index, _)| index % every == 0);
        Some(Self {
            points: points.join(" "),
            last_x: pt(x(editions.len() - 1)),
            last_y: pt(y(last)),
            last: format!("No. {last_number}: {}", short(last)),
            across: across.map(|(index, (number, _))| Tick { at: pt(x(index)), label: number.to_string() }).collect(),
            down: [0.0, top / 2.0, top].map(|value| Tick { at: pt(y(value)), label: short(value) }).to_vec(),
            title,
        })
    }
}

impl Bars {
    pub fn of(weeks: &[Week], title: String) -> Option<Self> {
        let (up, lost) =
            (height_of(weeks.iter().map(|week| week.joined)), height_of(weeks.iter().map(|week| week.lost)));
        if up + lost == 0 {
            return None;
        }
        let step = round_up(up.max(lost) as f64 / 2.0);
        let ticks = |most: u64| (most as f64 / step).ceil();
        let (above, below) = (ticks(up), ticks(lost));
        let unit = (HEIGHT - TOP - BOTTOM) / ((above + below) * step);
        let zero = TOP + above * step * unit;
        let slot = (WIDTH - LEFT - RIGHT) / weeks.len() as f64;
        let x = |index: usize| LEFT + index as f64 * slot;
        let bar = |index: usize, many: u64, is_up: bool, title: String| {
            let most = if is_up { up } else { lost };
            let height = many.min(most) as f64 * unit;
            let (x, y) = (x(index), if is_up { zero - height } else { zero });
            let number_y = if is_up { y - 4.0 } else { y + height + 12.0 };
            Bar {
                x: pt(x + slot * 0.15),
                y: pt(y),
                width: pt(slot * 0.7),
                height: pt(height),
                is_up,
                title,
                cut: (many > most).then(|| (pt(number_y), grouped(many))),
            }
        };
        let mut bars = Vec::with_capacity(weeks.len() * 2);
        for (index, Week { monday, joined, lost }) in weeks.iter().enumerate() {
            let of = monday.format("%-d %b %Y");
            if *joined > 0 {
                bars.push(bar(index, *joined, true, format!("Week of {of}: {} joined", grouped(*joined))));
            }
            if *lost > 0 {
                bars.push(bar(index, *lost, false, format!("Week of {of}: {} left", grouped(*lost))));
            }
        }
        let down = (-(below as i64)..=above as i64).map(|number| {
            let value = number as f64 * step;
            Tick { at: pt(zero - value * unit), label: short(value.abs()) }
        });
        // A month is named where it begins, and only every other on so little room.
        let starts =
            weeks.iter().enumerate().filter(|(_, week)| week.monday.day() <= 7 && week.monday.month() % 2 == 1);
        Some(Self {
            bars,
            zero: pt(zero),
            across: starts
                .map(|(index, week)| Tick { at: pt(x(index)), label: week.monday.format("%b").to_string() })
                .collect(),
            down: down.collect(),
            title,
        })
    }
}

/// The highest of these that is drawn whole.
fn height_of(many: impl Iterator<Item = u64>) -> u64 {
    let mut many: Vec<u64> = many.collect();
    many.sort_unstable_by(|one, other| other.cmp(one));
    match many.as_slice() {
        [first, second, ..] if *second > 0 && *first > second * 4 => second * 3 / 2,
        [first, ..] => *first,
        [] => 0,
    }
}

impl Hours {
    /// Of clicks by day, Monday first, and hour.
    pub fn of(clicks: &[[u64; 24]; 7], title: String) -> Option<Self> {
        let most = clicks.iter().flatten().copied().max().filter(|most| *most > 0)?;
        // By the root: the hour at which it goes out would else leave all others pale.
        let level = |many: u64| ((many as f64 / most as f64).sqrt() * 5.0).ceil() as u64;
        let days = DAYS.iter().zip(clicks).enumerate().map(|(index, (name, hours))| Day {
            name,
            y: 20 + index * 22,
            text_y: 35 + index * 22,
            hours: hours
                .iter()
                .enumerate()
                .map(|(hour, many)| Hour { x: 44 + hour * 27, level: level(*many) })
                .collect(),
        });
        Some(Self { days: days.collect(), title })
    }
}

/// A number of an axis: `1,200`, `0.5`.
fn short(value: f64) -> String {
    if value >= 10.0 || value.fract() == 0.0 { grouped(value.round() as u64) } else { format!("{value:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_edge_to_edge_and_says_where_it_ends() {
        let spark = Spark::of(&[Some(1.0), None, Some(3.0)], "clicks".into()).unwrap();
        assert_eq!((spark.points.as_str(), spark.x.as_str(), spark.y.as_str()), ("3.0,26.0 117.0,4.0", "117.0", "4.0"));
        assert_eq!(Spark::of(&[None, Some(3.0)], String::new()), None);
        let line = Line::of(&[(1, 120.0), (2, 180.0)], String::new()).unwrap();
        assert_eq!(line.down.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(), ["0", "100", "200"]);
        assert_eq!(line.last, "No. 2: 180");
    }

    #[test]
    fn bars_fill_the_height_both_ways() {
        let monday = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
        let weeks = [Week { monday, joined: 40, lost: 10 }];
        let bars = Bars::of(&weeks, String::new()).unwrap();
        assert_eq!(bars.down.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(), ["20", "0", "20", "40"]);
        assert_eq!(bars.bars.len(), 2);
        assert_eq!(bars.across[0].label, "Nov");
        assert!(Bars::of(&[Week { monday, joined: 0, lost: 0 }], String::new()).is_none());
        // An import does not flatten the weeks beside it, and is told by its number.
        let weeks = [40, 1_200, 20].map(|joined| Week { monday, joined, lost: 0 });
        let bars = Bars::of(&weeks, String::new()).unwrap();
        let cut: Vec<Option<&str>> =
            bars.bars.iter().map(|bar| bar.cut.as_ref().map(|(_, number)| number.as_str())).collect();
        assert_eq!(cut, [None, Some("1,200"), None]);
    }

    #[test]
    fn the_busiest_hour_is_the_darkest_and_one_click_is_seen() {
        let mut clicks = [[0; 24]; 7];
        clicks[4][8] = 1000;
        clicks[6][20] = 1;
        let hours = Hours::of(&clicks, String::new()).unwrap();
        let level = |day: usize, hour: usize| hours.days[day].hours[hour].level;
        assert_eq!((level(4, 8), level(6, 20), level(0, 0)), (5, 1, 0));
    }
}
