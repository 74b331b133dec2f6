use std::fmt;

use url::{Host, Url};

use super::Place;

/// An http or https URL that may be linked from a message.
///
/// Invariant: printable ASCII without quotes, angle brackets or white space (the `url` crate encodes the rest), so no
/// text from outside can bring a [`Place`] nor leave an attribute. The one place there may be is set here, at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebUrl {
    url: Url,
    /// Shown with [`Place::ReaderToken`] behind it.
    names_reader: bool,
}

/// Why a text is not a URL griot links to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebUrlError {
    #[error("it is not an absolute URL: {0}")]
    Malformed(#[from] url::ParseError),
    #[error("it is neither http nor https")]
    OtherScheme,
}

impl WebUrl {
    pub fn parse(text: &str) -> Result<Self, WebUrlError> {
        Self::try_from(Url::parse(text.trim())?)
    }

    /// Without the place that may stand behind it.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// The same, where it is shown, with each reader's own token as one more part of its path. It has no query.
    pub fn naming_reader(self) -> Self {
        Self { names_reader: true, ..self }
    }

    /// The host without a leading `www.`, as a reader would say it.
    pub fn site(&self) -> &str {
        let host = self.url.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host)
    }

    /// The site where its host is a name that means something to a reader: no IP address and not this machine.
    pub(super) fn named_site(&self) -> Option<&str> {
        match self.url.host()? {
            Host::Domain("localhost") | Host::Ipv4(_) | Host::Ipv6(_) => None,
            Host::Domain(_) => Some(self.site()),
        }
    }

    /// Whether an image may be shown from here: over https, or from this very machine, as `griot demo` does.
    pub(super) fn is_private_in_transit(&self) -> bool {
        self.url.scheme() == "https"
            || match self.url.host() {
                Some(Host::Ipv4(ip)) => ip.is_loopback(),
                Some(Host::Ipv6(ip)) => ip.is_loopback(),
                Some(Host::Domain(name)) => name == "localhost",
                None => false,
            }
    }
}

impl TryFrom<Url> for WebUrl {
    type Error = WebUrlError;
    fn try_from(url: Url) -> Result<Self, Self::Error> {
        match url.scheme() {
            "http" | "https" => Ok(Self { url, names_reader: false }),
            _ => Err(WebUrlError::OtherScheme),
        }
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        if self.names_reader { write!(f, "/{}", Place::ReaderToken) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_not_the_web() {
        for text in ["javascript:alert(1)", "data:text/html,x", "mailto:a@example.org", "file:///etc/passwd"] {
            assert_eq!(WebUrl::parse(text), Err(WebUrlError::OtherScheme), "{text}");
        }
        assert!(matches!(WebUrl::parse("/relative"), Err(WebUrlError::Malformed(_))));
    }

    #[test]
    fn names_the_site_as_a_reader_would() {
        assert_eq!(WebUrl::parse("https://www.Example.org/a?b").unwrap().site(), "example.org");
    }

    #[test]
    fn an_address_is_no_name_for_a_site() {
        let named = |text: &str| WebUrl::parse(text).unwrap().named_site().map(str::to_owned);
        assert_eq!(named("https://www.example.org/a").as_deref(), Some("example.org"));
        for nameless in
            ["http://127.0.0.1:8080/harmattan", "http://[::1]/", "http://192.0.2.7/", "http://localhost:80/"]
        {
            assert_eq!(named(nameless), None, "{nameless}");
        }
    }

    proptest! {
        #[test]
        fn holds_no_place_and_cannot_leave_an_attribute(path in "\\PC{0,12}", query in "\\PC{0,12}", mark in "\\PC{0,6}") {
            let token = Place::UnsubscribeUrl;
            let text = format!("https://example.org/{path}{token}?{query}{token}#{mark}{token}\"<>");
            let url = WebUrl::parse(&text).unwrap();
            let safe = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>');
            prop_assert!(url.as_str().chars().all(safe), "{}", url);
        }
    }
}
