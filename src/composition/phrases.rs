//! The sentences that put several things together.

use super::publisher::{Newsletter, Publisher};
use super::{Place, Plain};
use crate::catalogue::{Argument, Catalogue};

/// `The Weekly Brief every Friday`.
pub(super) fn coming(newsletter: &Newsletter, words: &Catalogue) -> String {
    words.coming(newsletter.name.as_str(), newsletter.cadence)
}

/// Why the reader gets this: `You get The Weekly Brief every Friday because you signed up at example.org on …`, or
/// `with Harmattan Press` where the website has no name of its own, as on one's own machine.
pub(super) fn why(newsletter: &Newsletter, publisher: &Publisher) -> String {
    let words = &publisher.words;
    let coming = ("coming", Argument::words(coming(newsletter, words)));
    let date = ("date", Argument::words(Place::SubscribedOn.to_string()));
    match publisher.website.named_site() {
        Some(site) => words.tell("why-at-site", &[coming, ("site", site.into()), date]),
        None => words.tell("why-with-publisher", &[coming, ("publisher", publisher.name.as_str().into()), date]),
    }
}

/// Why somebody is asked to confirm: `Someone, most likely you, gave this address at example.org to get …`; the publisher
/// stands for a website without a name here too.
pub(super) fn asked(newsletter: &Newsletter, publisher: &Publisher) -> String {
    let words = &publisher.words;
    let coming = ("coming", Argument::words(coming(newsletter, words)));
    match publisher.website.named_site() {
        Some(site) => words.tell("asked-at-site", &[coming, ("site", site.into())]),
        None => words.tell("asked-with-publisher", &[coming, ("publisher", publisher.name.as_str().into())]),
    }
}

/// `Get The Weekly Brief every Friday`, on the archive's link to the sign-up page.
pub(super) fn get(newsletter: &Newsletter, words: &Catalogue) -> String {
    words.tell("get-newsletter", &[("coming", Argument::words(coming(newsletter, words)))])
}

/// `Also on Beatline and North Star`; nothing for none.
pub(super) fn also_on(platforms: &[Plain], words: &Catalogue) -> String {
    let names: Vec<&str> = platforms.iter().map(Plain::as_str).filter(|name| !name.is_empty()).collect();
    match names.as_slice() {
        [] => String::new(),
        names => words.tell("also-on", &[("platforms", Argument::words(words.listed(names)))]),
    }
}

/// The number of a line of the text version, right-aligned: ` 2. `.
pub(super) fn label(number: usize) -> String {
    format!("{number:>2}. ")
}

/// Joins what is there with middle dots.
pub(super) fn dotted<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_what_is_not_there() {
        assert_eq!(dotted(["", "Economy", ""]), "Economy");
        assert_eq!(dotted(["Harmattan", "", "Economy"]), "Harmattan · Economy");
    }
}
