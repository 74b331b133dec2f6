use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Components within components are followed so deep; an alarm in an event in a calendar is at 3.
const DEEPEST: usize = 16;

/// A calendar's parts, as they stand in the file.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// What is said of the calendar as a whole.
    pub calendar: Component,
    pub events: Vec<Component>,
    pub zones: Vec<Component>,
    /// It ends as a calendar does, so nothing is missing behind.
    pub is_whole: bool,
}

/// A VCALENDAR, VEVENT or VTIMEZONE: its own properties, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Component(Vec<Property>);

/// A content line (RFC 5545 §3.1).
#[derive(Debug)]
pub(super) struct Property {
    /// In upper case.
    pub name: String,
    /// Name in upper case, value without quotes.
    pub parameters: Vec<(String, String)>,
    /// Not unescaped yet.
    pub value: String,
}

/// The parts of a calendar; `None` where the bytes are none. A line that cannot be read is passed over.
pub(super) fn parse(bytes: &[u8]) -> Option<Parsed> {
    let mut parsed = Parsed::default();
    let mut is_calendar = false;
    // The components that are open; alarms stand within events and say nothing about them.
    let mut open: Vec<String> = Vec::new();
    for line in unfolded(&in_utf_8(bytes)) {
        let Some(property) = Property::read(&decoded(&line)) else { continue };
        let value = property.value.trim().to_ascii_uppercase();
        match property.name.as_str() {
            "BEGIN" => {
                is_calendar |= value == "VCALENDAR";
                match value.as_str() {
                    "VEVENT" => parsed.events.push(Component::default()),
                    "VTIMEZONE" => parsed.zones.push(Component::default()),
                    _ => {}
                }
                if open.len() < DEEPEST {
                    open.push(value);
                }
            }
            "END" => {
                parsed.is_whole = value == "VCALENDAR";
                if let Some(at) = open.iter().rposition(|name| *name == value) {
                    open.truncate(at);
                }
            }
            _ => {
                let component = match open.last().map(String::as_str) {
                    Some("VCALENDAR") => Some(&mut parsed.calendar),
                    Some("VEVENT") => parsed.events.last_mut(),
                    Some("VTIMEZONE") => parsed.zones.last_mut(),
                    _ => None,
                };
                if let Some(component) = component {
                    component.0.push(property);
                }
            }
        }
    }
    is_calendar.then_some(parsed)
}

/// Bytes in UTF-8, or in what passes for it: a file in UTF-16 begins with a mark that says so.
fn in_utf_8(bytes: &[u8]) -> Cow<'_, [u8]> {
    match Encoding::for_bom(bytes) {
        Some((encoding, mark)) if encoding == UTF_8 => Cow::Borrowed(&bytes[mark..]),
        Some((encoding, _)) => Cow::Owned(encoding.decode(bytes).0.into_owned().into_bytes()),
        None => Cow::Borrowed(bytes),
    }
}

/// Lines, with those that begin with a space or a tab joined to the one before (§3.1).
///
/// Of bytes, because programs fold within a character too. Whatever ends lines anywhere ends them here: CR LF, LF, CR.
fn unfolded(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()) {
        match (line, lines.last_mut()) {
            ([b' ' | b'\t', rest @ ..], Some(last)) => last.extend_from_slice(rest),
            _ => lines.push(line.to_vec()),
        }
    }
    lines
}

fn decoded(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(line).0,
    }
}

impl Property {
    fn read(line: &str) -> Option<Self> {
        // The first colon that is not in quotes parts name and parameters from the value.
        let colon = outside_quotes(line, ':').next().or_else(|| line.find(':'))?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let ends: Vec<usize> = outside_quotes(head, ';').chain([head.len()]).collect();
        let name = head[..ends[0]].trim().to_ascii_uppercase();
        let parameter = |ends: &[usize]| {
            let (name, value) = head[ends[0] + 1..ends[1]].split_once('=')?;
            Some((name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned()))
        };
        let parameters = ends.windows(2).filter_map(parameter).collect();
        (!name.is_empty()).then(|| Self { name, parameters, value: value.to_owned() })
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Where a sign stands that is not between quotes.
fn outside_quotes(text: &str, sign: char) -> impl Iterator<Item = usize> {
    let mut is_quoted = false;
    text.char_indices().filter_map(move |(at, c)| {
        is_quoted ^= c == '"';
        (c == sign && !is_quoted).then_some(at)
    })
}

impl Component {
    pub fn get(&self, name: &str) -> Option<&Property> {
        self.0.iter().find(|property| property.name == name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.0.iter().filter(move |property| property.name == name)
    }

    /// A text value, unescaped (§3.3.11); `None` where there is none or nothing in it.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = &self.get(name)?.value;
        let mut text = String::with_capacity(value.len());
        let mut characters = value.chars();
        while let Some(c) = characters.next() {
            match c {
                '\\' => match characters.next() {
                    Some('n' | 'N') => text.push('\n'),
                    Some(other) => text.push(other),
                    None => {}
                },
                c => text.push(c),
            }
        }
        let text = text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    pub fn number(&self, name: &str) -> u64 {
        self.get(name).and_then(|property| property.value.trim().parse().ok()).unwrap_or_default()
    }

    /// Whether a property is there and says this word.
    pub fn says(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|property| property.value.trim().eq_ignore_ascii_case(word))
    }

    pub fn is_cancelled(&self) -> bool {
        self.says("STATUS", "CANCELLED") || self.says("STATUS", "CANCELED")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(lines: &[u8]) -> Component {
        let bytes = [b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", lines, b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"].concat();
        parse(&bytes).unwrap().events.swap_remove(0)
    }

    #[test]
    fn unfolds_whatever_ends_lines_and_wherever_they_were_folded() {
        for text in
            ["A long\r\n  title", "A long\n  title", "A long\r  title", "A long\r\r\n  title", "A lon\n\tg title"]
        {
            let event = first(format!("SUMMARY:{text}").as_bytes());
            assert_eq!(event.text("SUMMARY").as_deref(), Some("A long title"), "{text:?}");
        }
        // é is two octets, and the fold stands between them.
        assert_eq!(first(b"SUMMARY:Caf\xc3\r\n \xa9").text("SUMMARY").as_deref(), Some("Caf\u{e9}"));
    }

    #[test]
    fn reads_other_encodings_than_utf_8() {
        assert_eq!(first(b"SUMMARY:Caf\xe9").text("SUMMARY").as_deref(), Some("Caf\u{e9}"));
        let text = "\u{feff}BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Café\nEND:VEVENT\nEND:VCALENDAR";
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [text.as_bytes(), &utf_16] {
            let parsed = parse(bytes).unwrap();
            assert_eq!(parsed.events[0].text("SUMMARY").as_deref(), Some("Café"));
            assert!(parsed.is_whole);
        }
    }

    #[test]
    fn parameters_may_hold_what_parts_them_in_quotes() {
        let event = first(b"dtstart;x=\"a;b:c\";Tzid=\"(UTC+01:00) Berlin\":20261205T190000");
        let start = event.get("DTSTART").unwrap();
        assert_eq!((start.parameter("TZID"), start.parameter("X")), (Some("(UTC+01:00) Berlin"), Some("a;b:c")));
        assert_eq!(start.value, "20261205T190000");
        // A quote that nothing closes.
        assert_eq!(first(b"SUMMARY;X=\"a:A choir").text("SUMMARY").as_deref(), Some("A choir"));
    }

    #[test]
    fn texts_are_unescaped() {
        let event = first(br"SUMMARY:Bread\, wine\; song\nand \\ more\");
        assert_eq!(event.text("SUMMARY").as_deref(), Some("Bread, wine; song\nand \\ more"));
        assert_eq!(first(b"SUMMARY: \\n ").text("SUMMARY"), None);
    }

    #[test]
    fn an_alarm_says_nothing_about_its_event_and_a_calendar_that_is_cut_is_not_whole() {
        let event = first(b"SUMMARY:A choir\nBEGIN:VALARM\nSUMMARY:Alarm\nSTATUS:CANCELLED\nEND:VALARM\nURL:x");
        assert_eq!((event.text("SUMMARY").as_deref(), event.is_cancelled()), (Some("A choir"), false));
        assert!(event.get("URL").is_some());
        assert!(!parse(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:A").unwrap().is_whole);
        assert!(parse(b"<html>").is_none());
    }

    /// Quadratic work would take hours here.
    #[test]
    fn deep_nesting_costs_no_more_than_its_length() {
        let text = format!("BEGIN:VCALENDAR\n{}{}", "BEGIN:A\n".repeat(300_000), "END:B\n".repeat(300_000));
        let parsed = parse(text.as_bytes()).unwrap();
        assert!(parsed.events.is_empty() && !parsed.is_whole);
    }
}
