//! What can be said of a message before it goes out: its list, whose it is, its size.

use crate::composition::message::SizeVerdict;
use crate::config::{Config, Newsletter};

use super::finding::Finding;

/// What `griot init` writes.
const PLACEHOLDER: &str = "1 Example Street, Accra";

pub(super) fn address(config: &Config) -> Finding {
    let address = config.publisher.address.as_str();
    if address == PLACEHOLDER {
        return Finding::fail(
            "message.address",
            "publisher",
            format!("the postal address is still the example's: {address}"),
        )
        .because("The law of many countries wants a true address in every message (CAN-SPAM, CASL).")
        .advise("Write yours: address in [publisher]");
    }
    Finding::pass("message.address", "publisher", format!("a postal address stands in every message: {address}"))
}

/// The domain is that of From, always (RFC 2919 §3).
pub(super) fn list_id(newsletter: &Newsletter) -> Finding {
    Finding::pass("message.list-id", newsletter.id.as_str(), format!("{}, at the domain of From", newsletter.list_id()))
}

/// F9. `html` is what the HTML of an edition has, named `edition`.
pub(super) fn size(newsletter: &Newsletter, measured: Option<(String, usize)>) -> Finding {
    let (id, about) = ("message.size", newsletter.id.as_str());
    let Some((edition, html)) = measured else {
        return Finding::pass(id, about, "no edition yet; each is measured before it is approved");
    };
    let found = format!("{html} octets of HTML in {edition}, and Gmail cuts off what is over 102,000");
    let why = "Readers see it cut off, without the footer and its way out.";
    match SizeVerdict::of(html) {
        SizeVerdict::Fine => Finding::pass(id, about, found),
        SizeVerdict::Warn => Finding::warn(id, about, found).because(why).advise("Let it carry fewer stories."),
        SizeVerdict::Fail => Finding::fail(id, about, found).because(why).advise("Let it carry fewer stories."),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::finding::Level;
    use super::*;
    use crate::config::Environment;

    fn example() -> Config {
        Config::parse(include_str!("../../config.example.toml"), Path::new("griot.toml"), &Environment::default())
            .unwrap()
    }

    #[test]
    fn f9_fails_over_100_000_and_warns_over_90_000() {
        let config = example();
        let level = |html| size(&config.newsletters[0], Some(("weekly-brief/1".into(), html))).level;
        let levels = [90_000, 90_001, 100_000, 100_001].map(level);
        assert_eq!(levels, [Level::Pass, Level::Warn, Level::Warn, Level::Fail]);
        assert_eq!(size(&config.newsletters[0], None).level, Level::Pass);
    }

    #[test]
    fn the_address_of_the_example_is_nobodys() {
        let mut config = example();
        assert_eq!(address(&config).level, Level::Fail);
        let text = include_str!("../../config.example.toml").replace(PLACEHOLDER, "12 Ring Road, Accra");
        config = Config::parse(&text, Path::new("griot.toml"), &Environment::default()).unwrap();
        assert_eq!(address(&config).level, Level::Pass);
    }
}
