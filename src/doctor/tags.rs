//! Lists such as `v=DMARC1; p=none`, as DKIM keys and DMARC records are written (RFC 6376 §3.2, RFC 9989).

/// Names in lower case with their values, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags(Vec<(String, String)>);

impl Tags {
    /// `Err` says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tags: Vec<(String, String)> = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else { return Err(format!("`{part}` has no =")) };
            let name = name.trim().to_ascii_lowercase();
            let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            if name.is_empty() || !name.bytes().all(is_word) {
                return Err(format!("`{part}` begins with no tag"));
            }
            if tags.iter().any(|(known, _)| *known == name) {
                return Err(format!("the tag {name}= stands in it twice"));
            }
            tags.push((name, value.trim().to_owned()));
        }
        Ok(Self(tags))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a tag that is a word, whatever its case.
    pub fn word(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_ascii_lowercase)
    }

    pub fn first(&self) -> Option<(&str, &str)> {
        self.0.first().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same without some tags, and with others set.
    pub fn changed(&self, without: &[&str], with: &[(&str, &str)]) -> String {
        let mut tags = self.0.clone();
        tags.retain(|(name, _)| !without.contains(&name.as_str()));
        for (name, value) in with {
            match tags.iter_mut().find(|(known, _)| known == name) {
                Some((_, old)) => *old = (*value).to_owned(),
                None => tags.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_spaces_case_and_a_last_semicolon() {
        let tags = Tags::parse(" V = DMARC1 ;p=None;rua=mailto:a@b.test;; ").unwrap();
        assert_eq!(tags.first(), Some(("v", "DMARC1")));
        assert_eq!((tags.word("p").as_deref(), tags.get("sp")), (Some("none"), None));
        assert_eq!(tags.changed(&["rua"], &[("p", "reject"), ("np", "none")]), "v=DMARC1; p=reject; np=none");
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Tags::parse("v=1; p"), Err("`p` has no =".into()));
        assert_eq!(Tags::parse("v=1; =none"), Err("`=none` begins with no tag".into()));
        assert_eq!(Tags::parse("p=1; P=2"), Err("the tag p= stands in it twice".into()));
    }
}
