/// More ranges than this no browser sends.
const MOST: usize = 32;

/// The language ranges of an Accept-Language header that are wanted, best first (RFC 9110 §12.5.4): by their weight,
/// and where that is the same as they stand. What cannot be understood is passed over.
pub(super) fn ranges(header: &str) -> Vec<&str> {
    let mut ranges: Vec<(&str, u16)> = header
        .split(',')
        .take(MOST)
        .filter_map(|part| {
            let mut parameters = part.split(';').map(str::trim);
            let range = parameters.next().filter(|range| is_range(range))?;
            let weight = match parameters.find_map(|one| one.strip_prefix(['q', 'Q'])?.trim().strip_prefix('=')) {
                Some(weight) => thousandths(weight.trim())?,
                None => 1000,
            };
            (weight > 0).then_some((range, weight))
        })
        .collect();
    ranges.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
    ranges.into_iter().map(|(range, _)| range).collect()
}

fn is_range(range: &str) -> bool {
    range == "*" || !range.is_empty() && range.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `0.8` as 800; at most three digits after the point, and nothing over 1.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9110_12_5_4_orders_by_weight_then_place() {
        assert_eq!(ranges("da, en-gb;q=0.8, en;q=0.7"), ["da", "en-gb", "en"]);
        assert_eq!(ranges("en;q=0.5,fr ; q=0.9,ar, *;q=0.1"), ["ar", "fr", "en", "*"]);
        assert_eq!(ranges("fr;q=0, en"), ["en"]);
        assert_eq!(ranges(""), [""; 0]);
    }

    #[test]
    fn passes_over_what_it_does_not_understand() {
        assert_eq!(ranges("en;q=2, fr;q=0.1234, <script>, ,ar;q=1.000;level=1"), ["ar"]);
    }
}
