//! A mail as a Maildir holds it, taken apart just far enough to ask what it says.

pub struct Mail {
    /// Unfolded, in order, without what stands above the first field of the sender's own.
    pub fields: Vec<(String, String)>,
    /// All lines below what the relay added, as they are.
    pub lines: Vec<String>,
}

/// What the last relay writes above the message.
const RELAYS_OWN: [&str; 4] = ["return-path", "x-original-to", "delivered-to", "received"];

impl Mail {
    /// A message in 7-bit form, which is all griot sends (F6); panics at anything else.
    pub fn read(bytes: &[u8]) -> Self {
        assert!(bytes.is_ascii(), "F6: a byte beyond ASCII crossed the wire");
        let text = std::str::from_utf8(bytes).unwrap();
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut lines = Vec::new();
        let mut is_relays_own = false;
        let mut is_head = true;
        for line in text.lines() {
            is_head &= !line.is_empty();
            let begins_field = is_head && !line.starts_with([' ', '\t']);
            if begins_field {
                let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header field: {line}"));
                is_relays_own = fields.is_empty() && RELAYS_OWN.contains(&name.to_ascii_lowercase().as_str());
                if !is_relays_own {
                    fields.push((name.to_owned(), value.trim().to_owned()));
                }
            } else if is_head && !is_relays_own {
                let (_, value) = fields.last_mut().expect("a folded line follows a field");
                value.push_str(line);
            }
            if !is_head || !is_relays_own {
                lines.push(line.to_owned());
            }
        }
        Self { fields, lines }
    }

    /// The value of the field that must be there exactly once.
    pub fn field(&self, name: &str) -> &str {
        match self.all(name).as_slice() {
            [value] => value,
            found => panic!("{name} stands there {} times: {:?}", found.len(), self.fields),
        }
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        let is_it = |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.fields.iter().filter(is_it).map(|(_, value)| value.as_str()).collect()
    }

    /// The values of a field of each part of a multipart message, in order.
    pub fn of_parts(&self, name: &str) -> Vec<&str> {
        let body = self.lines.iter().skip_while(|line| !line.is_empty());
        body.filter_map(|line| line.split_once(':').filter(|(found, _)| found.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value.trim())
            .collect()
    }
}
