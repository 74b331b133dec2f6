//! Who runs the mailboxes of a domain, as far as names tell it.

use super::DomainLimit;

/// Providers whose domains are many, each with its best known one first. Domains whose mail they take under other names
/// are not known from the name.
const LARGE: [&[&str]; 4] = [
    &["gmail.com", "googlemail.com"],
    &[
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "hotmail.co.uk",
        "hotmail.de",
        "hotmail.es",
        "hotmail.fr",
        "hotmail.it",
        "live.ca",
        "live.co.uk",
        "live.fr",
        "live.nl",
        "outlook.com.br",
        "outlook.de",
        "outlook.es",
        "outlook.fr",
        "outlook.it",
    ],
    &[
        "yahoo.com",
        "aol.com",
        "rocketmail.com",
        "ymail.com",
        "aol.co.uk",
        "yahoo.ca",
        "yahoo.co.in",
        "yahoo.co.uk",
        "yahoo.com.br",
        "yahoo.de",
        "yahoo.es",
        "yahoo.fr",
        "yahoo.in",
        "yahoo.it",
    ],
    &["icloud.com", "mac.com", "me.com"],
];

/// What all domains are together that belong to no known provider.
pub const OTHERS: &str = "others";

/// The provider of a domain, by the first name of its `[[delivery.domain]]` or by its best known domain.
pub fn provider_of<'a>(domain: &str, configured: &'a [DomainLimit]) -> &'a str {
    let configured = configured.iter().find(|limit| limit.names.iter().any(|name| name == domain));
    if let Some(name) = configured.and_then(|limit| limit.names.first()) {
        return name;
    }
    LARGE.iter().find(|names| names.contains(&domain)).map_or(OTHERS, |names| names[0])
}

/// Every provider there is a name for, each once.
pub fn providers(configured: &[DomainLimit]) -> impl Iterator<Item = &str> {
    let named = configured.iter().filter_map(|limit| limit.names.first().map(String::as_str));
    let known = LARGE.iter().map(|names| names[0]);
    named.chain(known.filter(|name| provider_of(name, configured) == *name)).chain([OTHERS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_configured_comes_before_what_is_known() {
        let names = vec!["web.example".to_owned(), "gmail.com".to_owned()];
        let configured = [DomainLimit { names, rate: None, connections: Some(1) }];
        assert_eq!(provider_of("googlemail.com", &[]), "gmail.com");
        assert_eq!(provider_of("gmail.com", &configured), "web.example");
        assert_eq!(provider_of("hotmail.fr", &configured), "outlook.com");
        assert_eq!(provider_of("small.example", &configured), OTHERS);
        let all: Vec<&str> = providers(&configured).collect();
        assert_eq!(all, ["web.example", "outlook.com", "yahoo.com", "icloud.com", OTHERS]);
    }
}
