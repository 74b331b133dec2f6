//! One story, one URL: without what only says how a reader came by it.

use url::Url;

use super::Unusable;

/// Parameters that only tell a reader's way, by their beginnings.
const TRACKING_PREFIXES: [&str; 7] = ["utm_", "mc_", "at_", "pk_", "mtm_", "_hs", "vero_"];
const TRACKING: [&str; 18] = [
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "twclid",
    "ttclid",
    "yclid",
    "igshid",
    "igsh",
    "mkt_tok",
    "ncid",
    "ocid",
    "ref_src",
    "xtor",
    "__twitter_impression",
];

/// Makes the canonical form of a story's URL: http or https; no tracking parameters, fragment, credentials or default
/// port; the host in lower case. Other parameters stay as written, in order.
pub fn canonical_url(url: &str) -> Result<Url, Unusable> {
    let mut url = Url::parse(url.trim()).map_err(|_| Unusable::BadLink)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(Unusable::BadLink);
    }
    // Both fail only for URLs without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    // Some sites route by fragment: there it is part of the address.
    if !url.fragment().is_some_and(|fragment| fragment.starts_with(['/', '!'])) {
        url.set_fragment(None);
    }
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
        let kept = kept.join("&");
        url.set_query(Some(kept.as_str()).filter(|query| !query.is_empty()));
    }
    Ok(url)
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair).to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(url: &str) -> String {
        canonical_url(url).map_or_else(|error| error.to_string(), String::from)
    }

    #[test]
    fn takes_off_what_only_tells_the_way() {
        for (url, expected) in [
            ("https://Example.ORG:443/a?utm_source=rss&id=7&fbclid=x#top", "https://example.org/a?id=7"),
            ("http://example.org:80/?UTM_Medium=feed", "http://example.org/"),
            ("https://example.org/a?b=%C3%A9&c&&mc_cid=1&at_medium=RSS", "https://example.org/a?b=%C3%A9&c"),
            ("https://user:secret@example.org/a", "https://example.org/a"),
            ("https://example.org/#/story/7", "https://example.org/#/story/7"),
            (" https://example.org:8443/a b ", "https://example.org:8443/a%20b"),
        ] {
            assert_eq!(canonical(url), expected, "{url}");
        }
    }

    #[test]
    fn h_refuses_what_is_not_a_web_page() {
        for url in
            ["javascript:alert(1)", "data:text/html,x", "/relative", "mailto:a@example.org", "file:///etc/passwd", ""]
        {
            assert_eq!(canonical_url(url), Err(Unusable::BadLink), "{url}");
        }
    }

    proptest! {
        #[test]
        fn is_its_own_canonical_form(rest in "[ -~]{0,40}") {
            if let Ok(url) = canonical_url(&format!("https://example.org/{rest}")) {
                prop_assert_eq!(canonical_url(url.as_str()), Ok(url));
            }
        }
    }
}
