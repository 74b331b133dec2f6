//! SPF (RFC 7208): whether the domain of the return address lets the relay send for it.

mod record;
mod walk;

use super::dns::{Dns, Unanswered};
use super::finding::Finding;
use super::route::Route;
use super::zone;
use record::{Qualifier, Record};
use walk::{Broken, Covered, Walk};

/// RFC 7208 §4.6.4.
const MOST_LOOKUPS: u32 = 10;
const MOST_VOIDS: usize = 2;

/// Looks at the record of `domain`, through which `routes` send.
pub(super) async fn check(dns: &Dns, domain: &str, routes: &[Route]) -> Result<Vec<Finding>, Unanswered> {
    let texts = dns.txt(domain).await?;
    let records: Vec<&str> = texts.iter().map(String::as_str).filter(|text| Record::is_one(text)).collect();
    let text = match records[..] {
        [text] => text,
        [] => return Ok(vec![none(domain, routes)]),
        _ => return Ok(vec![several(domain, &records)]),
    };
    let record = match Record::parse(text) {
        Ok(record) => record,
        Err(wrong) => return Ok(vec![unreadable(domain, text, &wrong)]),
    };
    let walk = Walk::through(dns, domain, &record).await?;
    let mut findings = vec![Finding::pass("spf.record", domain, format!("one record: {text}"))];
    if walk.broken.is_empty() {
        findings.push(lookups(domain, &walk));
        findings.push(voids(domain, &walk));
    } else {
        findings.extend(walk.broken.iter().map(|broken| leads_nowhere(domain, broken)));
    }
    findings.push(ending(domain, text, &record, &walk));
    if !walk.with_ptr.is_empty() {
        findings.push(with_ptr(domain, text, &walk));
    }
    findings.extend(routes.iter().filter_map(|route| coverage(domain, text, &walk, route)));
    Ok(findings)
}

fn none(domain: &str, routes: &[Route]) -> Finding {
    let terms: Vec<String> = routes.iter().flat_map(Route::spf_terms).collect();
    let finding = Finding::fail("spf.record", domain, "no SPF record")
        .because("Gmail, Yahoo and Outlook refuse bulk mail whose return address has none.");
    if terms.is_empty() {
        let to_do = "Publish this record, with the name your relay's operator tells in place of spf.relay.example.";
        return finding.advise(to_do).publish(zone::txt(domain, "v=spf1 include:spf.relay.example ~all"));
    }
    finding.advise("Publish this record.").publish(zone::txt(domain, &format!("v=spf1 {} ~all", terms.join(" "))))
}

fn several(domain: &str, records: &[&str]) -> Finding {
    let mut terms: Vec<&str> = Vec::new();
    for term in records.iter().flat_map(|text| text.split_ascii_whitespace().skip(1)) {
        if !is_all(term) && !terms.contains(&term) {
            terms.push(term);
        }
    }
    let merged = format!("v=spf1 {} ~all", terms.join(" "));
    Finding::fail("spf.record", domain, format!("{} SPF records, and one is allowed", records.len()))
        .because("With several, receivers go by none of them (RFC 7208 §4.5).")
        .advise("Take them out, and publish one record in their place.")
        .publish(zone::txt(domain, &merged))
}

fn unreadable(domain: &str, text: &str, wrong: &str) -> Finding {
    Finding::fail("spf.syntax", domain, format!("{wrong}, in: {text}"))
        .because("Receivers go by nothing of a record they cannot read (RFC 7208 §4.6).")
        .advise("Correct the term, or take it out.")
}

fn lookups(domain: &str, walk: &Walk) -> Finding {
    let many = walk.lookups;
    if many <= MOST_LOOKUPS {
        return Finding::pass("spf.lookups", domain, format!("{many} of {MOST_LOOKUPS} look-ups"));
    }
    Finding::fail("spf.lookups", domain, format!("{many} look-ups, and {MOST_LOOKUPS} is the most"))
        .because("A receiver that would have to ask more takes the record as broken (RFC 7208 §4.6.4).")
        .advise(
            "Take out includes of services that no longer send for you, and write ip4: for hosts of your own in place \
             of a and mx.",
        )
}

fn voids(domain: &str, walk: &Walk) -> Finding {
    let many = walk.voids.len();
    if many <= MOST_VOIDS {
        return Finding::pass("spf.void", domain, format!("{many} of {MOST_VOIDS} names that have nothing"));
    }
    let names = walk.voids.join(", ");
    Finding::fail("spf.void", domain, format!("{many} names in it have nothing, and {MOST_VOIDS} is the most: {names}"))
        .because("A receiver that meets more takes the record as broken (RFC 7208 §4.6.4).")
        .advise("Take these names out of the record, or give them an address.")
}

fn leads_nowhere(domain: &str, broken: &Broken) -> Finding {
    let (id, found, to_do) = match broken {
        Broken::Records { domain: target, many: 0 } => {
            ("spf.include", format!("it names {target}, which has no SPF record"), "Take the name out, or correct it.")
        }
        Broken::Records { domain: target, many } => (
            "spf.include",
            format!("it names {target}, which has {many} SPF records"),
            "Take the name out, or tell who keeps that domain.",
        ),
        Broken::Syntax { domain: target, wrong } => (
            "spf.include",
            format!("it names {target}, whose record has a fault: {wrong}"),
            "Take the name out, or tell who keeps that domain.",
        ),
        Broken::Loop { domain: target } => {
            ("spf.loop", format!("it leads back to {target}"), "Take out the include or redirect that leads back.")
        }
    };
    Finding::fail(id, domain, found)
        .because("Receivers take the whole record as broken (RFC 7208 §5.2, §6.1).")
        .advise(to_do)
}

fn ending(domain: &str, text: &str, record: &Record, walk: &Walk) -> Finding {
    let words = text.split_ascii_whitespace().filter(|term| !is_all(term)).collect::<Vec<_>>().join(" ");
    let better = || zone::txt(domain, &format!("{words} ~all"));
    match record.all().or(walk.all) {
        Some(Qualifier::Fail) => Finding::pass("spf.all", domain, "-all: everybody else is refused"),
        Some(Qualifier::SoftFail) => Finding::pass("spf.all", domain, "~all: everybody else is suspect"),
        Some(Qualifier::Pass) => Finding::fail("spf.all", domain, "+all lets everybody send in your name")
            .because("Filters hold such a record against its domain.")
            .advise("Publish the record with ~all at its end.")
            .publish(better()),
        Some(Qualifier::Neutral) => Finding::warn("spf.all", domain, "?all says nothing of everybody else")
            .because("The record protects nobody from mail that others send in your name.")
            .advise("Publish the record with ~all at its end.")
            .publish(better()),
        None if record.redirect.is_some() && !walk.broken.is_empty() => {
            Finding::pass("spf.all", domain, "the record it redirects to has the last word")
        }
        None => Finding::warn("spf.all", domain, "there is no all at its end, which says nothing of everybody else")
            .because("The record protects nobody from mail that others send in your name.")
            .advise("Publish the record with ~all at its end.")
            .publish(better()),
    }
}

fn with_ptr(domain: &str, text: &str, walk: &Walk) -> Finding {
    let finding = Finding::warn("spf.ptr", domain, format!("ptr stands in the record of {}", walk.with_ptr.join(", ")))
        .because("ptr is slow and given up (RFC 7208 §5.5); some receivers leave such a record alone.");
    if !walk.with_ptr.iter().any(|with| with == domain) {
        return finding.advise("Tell who keeps that domain.");
    }
    let is_ptr = |term: &str| term.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase().starts_with("ptr");
    let without: Vec<&str> = text.split_ascii_whitespace().filter(|term| !is_ptr(term)).collect();
    finding.advise("Publish the record without it.").publish(zone::txt(domain, &without.join(" ")))
}

/// Nothing where it cannot be known whom the relay sends as.
fn coverage(domain: &str, text: &str, walk: &Walk, route: &Route) -> Option<Finding> {
    if !walk.broken.is_empty() {
        return None;
    }
    let terms = route.spf_terms();
    let added = || zone::txt(domain, &with_terms(text, &terms));
    if let Some(include) = route.provider() {
        let has = walk.included.iter().any(|name| name == include);
        let (id, relay) = ("spf.relay", &route.relay);
        return Some(if has {
            Finding::pass(id, domain, format!("include:{include} lets the relay {relay} send"))
        } else {
            Finding::warn(
                id,
                domain,
                format!("nothing in it lets the relay {relay} send: include:{include} is missing"),
            )
            .because("Where the relay keeps your return address, SPF fails for every message.")
            .advise("Publish the record with it, or use the return address the provider gives you.")
            .publish(added())
        });
    }
    let addresses = route.addresses.iter();
    let uncovered: Vec<String> =
        addresses.filter(|ip| walk.covers(**ip) == Covered::No).map(ToString::to_string).collect();
    if route.addresses.is_empty() {
        return None;
    }
    if uncovered.is_empty() {
        return Some(Finding::pass("spf.relay", domain, format!("lets the relay {} send", route.relay)));
    }
    let found = format!("does not let the relay {} send, which is {}", route.relay, uncovered.join(", "));
    Some(
        Finding::fail("spf.relay", domain, found)
            .because("SPF fails for every message that leaves there.")
            .advise("Publish the record with its addresses.")
            .publish(added()),
    )
}

/// The record with terms before its `all` or `redirect`.
fn with_terms(text: &str, terms: &[String]) -> String {
    let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
    let is_last = |word: &&str| is_all(word) || word.to_ascii_lowercase().starts_with("redirect=");
    let at = words.iter().position(is_last).unwrap_or(words.len());
    words.splice(at..at, terms.iter().map(String::as_str).filter(|term| !text.contains(*term)).collect::<Vec<_>>());
    words.join(" ")
}

fn is_all(term: &str) -> bool {
    term.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all")
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn puts_a_term_where_it_counts() {
        let terms = ["include:amazonses.com".to_owned()];
        assert_eq!(with_terms("v=spf1 a ~all", &terms), "v=spf1 a include:amazonses.com ~all");
        assert_eq!(with_terms("v=spf1 redirect=a.test", &terms), "v=spf1 include:amazonses.com redirect=a.test");
        assert_eq!(with_terms("v=spf1 a", &terms), "v=spf1 a include:amazonses.com");
    }

    #[tokio::test]
    async fn a_provider_is_let_send_by_its_include() {
        let host = "smtp.postmarkapp.com".to_owned();
        let route = Route { relay: "postmark".into(), host, ..Route::default() };
        let zone = "with.test TXT v=spf1 include:spf.mtasv.net -all
            without.test TXT v=spf1 -all
            spf.mtasv.net TXT v=spf1 ip4:192.0.2.0/24 -all";
        let dns = Dns::written(zone);
        let of = async |domain: &str| {
            let findings = check(&dns, domain, std::slice::from_ref(&route)).await.unwrap();
            findings.into_iter().find(|finding| finding.id == "spf.relay").unwrap()
        };
        assert_eq!(of("with.test").await.level, Level::Pass);
        let missing = of("without.test").await;
        assert_eq!(missing.level, Level::Warn);
        assert_eq!(missing.dns, ["without.test. 3600 IN TXT \"v=spf1 include:spf.mtasv.net -all\""]);
    }
}
