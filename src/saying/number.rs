//! Numbers as a person reads them.

/// `62,340`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// Things a second, with a fraction where there are few: `5,195`, `0.4`.
pub fn rate(per_second: f64) -> String {
    if per_second >= 10.0 { grouped(per_second.round() as u64) } else { format!("{per_second:.1}") }
}

/// `41.3 MB`, `1.2 GB`; a million octets are a megabyte.
pub fn megabytes(octets: u64) -> String {
    let megabytes = octets as f64 / 1e6;
    if megabytes < 1000.0 { format!("{megabytes:.1} MB") } else { format!("{:.1} GB", megabytes / 1000.0) }
}

/// `12 s`, `3 min 4 s`, `2 h 5 min`, `3 d 4 h`.
pub fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_a_person_writes() {
        let numbers = [0, 999, 1_000, 62_340, 1_000_000].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "62,340", "1,000,000"]);
        assert_eq!([0.0, 0.44, 9.96, 1_234.6].map(rate), ["0.0", "0.4", "10.0", "1,235"]);
        let spans = [0, 59, 60, 3_599, 3_600, 90_000].map(span);
        assert_eq!(spans, ["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "1 d 1 h"]);
    }
}
