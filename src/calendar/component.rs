/// A VEVENT: its properties, in the order of the file.
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

/// The events of a calendar; `None` where the text is none. A line that cannot be read is passed over.
pub(super) fn events(text: &str) -> Option<Vec<Component>> {
    let mut events = Vec::new();
    let mut is_calendar = false;
    // The components that are open; alarms stand within events and say nothing about them.
    let mut open: Vec<String> = Vec::new();
    for line in unfolded(text) {
        let Some(property) = Property::read(&line) else { continue };
        let value = property.value.trim().to_ascii_uppercase();
        match property.name.as_str() {
            "BEGIN" => {
                is_calendar |= value == "VCALENDAR";
                if value == "VEVENT" {
                    events.push(Component::default());
                }
                open.push(value);
            }
            "END" => {
                if let Some(at) = open.iter().rposition(|name| *name == value) {
                    open.truncate(at);
                }
            }
            _ if open.last().is_some_and(|name| name == "VEVENT") => {
                if let Some(event) = events.last_mut() {
                    event.0.push(property);
                }
            }
            _ => {}
        }
    }
    is_calendar.then_some(events)
}

/// Lines, with those that begin with a space or a tab joined to the one before (§3.1).
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

impl Property {
    fn read(line: &str) -> Option<Self> {
        // The first colon that is not in quotes parts name and parameters from the value.
        let mut is_quoted = false;
        let colon = line.char_indices().find(|(_, c)| {
            is_quoted ^= *c == '"';
            *c == ':' && !is_quoted
        });
        let (head, value) = line.split_at(colon?.0);
        let mut parts = head.split(';');
        let name = parts.next()?.trim().to_ascii_uppercase();
        let parameter = |part: &str| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned()))
        };
        let parameters = parts.filter_map(parameter).collect();
        (!name.is_empty()).then(|| Self { name, parameters, value: value[1..].to_owned() })
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Component {
    pub fn get(&self, name: &str) -> Option<&Property> {
        self.0.iter().find(|property| property.name == name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.0.iter().filter(move |property| property.name == name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
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

    pub fn is_cancelled(&self) -> bool {
        self.get("STATUS").is_some_and(|status| status.value.trim().eq_ignore_ascii_case("CANCELLED"))
    }
}
