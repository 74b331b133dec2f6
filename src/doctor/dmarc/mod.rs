//! DMARC (RFC 9989): whether the domain of From has a policy, and whether what SPF and DKIM prove is aligned with it.

mod tree;

use super::dns::{Dns, Unanswered};
use super::finding::Finding;
use super::sender::{Sender, distinct};
use super::tags::Tags;
use super::zone;
use crate::dkim::SigningKey;
use tree::{Tree, is_record};

/// Tags of RFC 7489 that RFC 9989 has no more.
const GONE: [&str; 3] = ["pct", "rf", "ri"];

/// Looks at the policy of one From domain, and at what the senders with that domain prove.
pub(super) async fn check(
    dns: &Dns,
    from: &str,
    senders: &[Sender],
    keys: &[SigningKey],
) -> Result<Vec<Finding>, Unanswered> {
    let tree = Tree::walk(dns, from).await?;
    if let Some(step) = tree.steps.iter().find(|step| step.records.len() > 1) {
        return Ok(vec![several(&step.domain, &step.records)]);
    }
    let Some(step) = tree.policy() else { return Ok(vec![none(&tree, from)]) };
    let text = step.record().unwrap_or_default();
    let at = format!("_dmarc.{}", step.domain);
    let tags = match Tags::parse(text) {
        Ok(tags) => tags,
        Err(wrong) => return Ok(vec![unreadable(&at, &step.domain, &wrong)]),
    };
    let mut findings = values(&at, &tags);
    if findings.is_empty() {
        findings.push(Finding::pass("dmarc.record", from, format!("{text}, at {at}")));
    }
    findings.extend(policy(&at, &tags, step.domain == from));
    let reports = reports(dns, &step.domain, &tags).await?;
    findings.extend(reports);
    let of_from = senders.iter().filter(|sender| sender.from == from);
    let envelopes = distinct(of_from.map(|sender| sender.mail_from.as_str()));
    let organization = tree.organizational();
    for domain in envelopes {
        let strict = tags.word("aspf").as_deref() == Some("s");
        let is_aligned = aligned(dns, domain, from, organization, strict).await?;
        findings.push(alignment("dmarc.spf-alignment", "the return address", "SPF", domain, from, strict, is_aligned));
    }
    for key in keys.iter().filter(|key| key.is_aligned_with(from)) {
        let strict = tags.word("adkim").as_deref() == Some("s");
        let is_aligned = aligned(dns, &key.domain, from, organization, strict).await?;
        let (id, what) = ("dmarc.dkim-alignment", format!("the key {}", key.selector));
        findings.push(alignment(id, &what, "DKIM", &key.domain, from, strict, is_aligned));
    }
    Ok(findings)
}

fn none(tree: &Tree, from: &str) -> Finding {
    let at = format!("_dmarc.{}", tree.organizational());
    let record = format!("v=DMARC1; p=none; rua=mailto:dmarc@{from}");
    Finding::fail("dmarc.record", from, "no DMARC record, here or above")
        .because("Gmail, Yahoo and Outlook refuse bulk mail without one.")
        .advise("Publish this record, with a mailbox that somebody reads; later p=quarantine, then p=reject.")
        .publish(zone::txt(&at, &record))
}

fn several(domain: &str, records: &[String]) -> Finding {
    let at = format!("_dmarc.{domain}");
    Finding::fail("dmarc.record", at.as_str(), format!("{} DMARC records, and one is allowed", records.len()))
        .because("With several, receivers go by none of them (RFC 9989 §4.10).")
        .advise("Take out all but one, such as this.")
        .publish(zone::txt(&at, records.first().map_or("", String::as_str)))
}

fn unreadable(at: &str, domain: &str, wrong: &str) -> Finding {
    Finding::fail("dmarc.syntax", at, wrong)
        .because("Receivers go by nothing of a record they cannot read.")
        .advise("Publish this record in its place.")
        .publish(zone::txt(at, &format!("v=DMARC1; p=none; rua=mailto:dmarc@{domain}")))
}

/// What is wrong with single values.
fn values(at: &str, tags: &Tags) -> Vec<Finding> {
    let mut findings = Vec::new();
    if tags.get("p").is_none() {
        // RFC 9989 §4.7: it counts as p=none.
        findings.push(
            Finding::warn("dmarc.policy", at, "there is no p=, which counts as p=none")
                .because("A record that states no policy is easily read as a mistake.")
                .advise("Publish the record with p=.")
                .publish(zone::txt(at, &format!("v=DMARC1; p=none; {}", tags.changed(&["v"], &[])))),
        );
    }
    let policies = ["none", "quarantine", "reject"];
    let allowed: [(&str, &[&str]); 7] = [
        ("p", &policies),
        ("sp", &policies),
        ("np", &policies),
        ("psd", &["y", "n", "u"]),
        ("t", &["y", "n"]),
        ("aspf", &["r", "s"]),
        ("adkim", &["r", "s"]),
    ];
    for (tag, words) in allowed {
        let Some(value) = tags.word(tag).filter(|value| !words.contains(&value.as_str())) else { continue };
        findings.push(
            Finding::fail("dmarc.syntax", at, format!("{tag}={value} is not one of {}", words.join(", ")))
                .because("Receivers do not go by a value they do not know.")
                .advise("Publish the record with a value that is.")
                .publish(zone::txt(at, &tags.changed(&[], &[(tag, words[0])]))),
        );
    }
    findings
}

fn policy(at: &str, tags: &Tags, is_own: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let gone: Vec<&str> = GONE.into_iter().filter(|tag| tags.get(tag).is_some()).collect();
    if !gone.is_empty() {
        findings.push(
            Finding::warn("dmarc.gone", at, format!("{} mean nothing since RFC 9989", gone.join(", ")))
                .because("Who reads the record may think that it does what they said.")
                .advise("Publish the record without them.")
                .publish(zone::txt(at, &tags.changed(&gone, &[]))),
        );
    }
    // Below the record's own domain sp= holds, where it is there.
    let (tag, holds) = match (is_own, tags.word("sp")) {
        (false, Some(sp)) => ("sp", Some(sp)),
        _ => ("p", tags.word("p")),
    };
    if holds.as_deref() == Some("none") {
        findings.push(
            Finding::warn("dmarc.policy", at, format!("{tag}=none lets mail through that others send in your name"))
                .because("It is enough for now; a policy is what protects your name.")
                .advise("When the reports show that all your mail passes, publish p=quarantine, later p=reject.")
                .publish(zone::txt(at, &tags.changed(&[], &[(tag, "quarantine")]))),
        );
    }
    if tags.word("t").as_deref() == Some("y") {
        findings.push(
            Finding::warn("dmarc.testing", at, "t=y says that the policy is only being tried out")
                .because("Receivers apply the next weaker policy (RFC 9989 §4.7).")
                .advise("When the reports show that all your mail passes, publish the record without t=y.")
                .publish(zone::txt(at, &tags.changed(&["t"], &[]))),
        );
    }
    if is_own && tags.word("psd").as_deref() == Some("y") {
        findings.push(
            Finding::warn(
                "dmarc.psd",
                at,
                "psd=y says that the domain is a public suffix, under which others register",
            )
            .because("What is under it then belongs to others, and is not aligned with it (RFC 9989 §4.10).")
            .advise("Unless you run a registry, publish the record without it.")
            .publish(zone::txt(at, &tags.changed(&["psd"], &[]))),
        );
    }
    findings
}

/// Whether those that reports go to have agreed to it (RFC 9990).
async fn reports(dns: &Dns, domain: &str, tags: &Tags) -> Result<Vec<Finding>, Unanswered> {
    let at = format!("_dmarc.{domain}");
    let own = Tree::walk(dns, domain).await?.organizational().to_owned();
    let mut findings = Vec::new();
    for tag in ["rua", "ruf"] {
        for uri in tags.get(tag).unwrap_or_default().split(',').map(str::trim).filter(|uri| !uri.is_empty()) {
            let mailbox = uri.to_ascii_lowercase();
            let target = mailbox.strip_prefix("mailto:").and_then(|rest| rest.split('!').next()?.rsplit_once('@'));
            let Some((_, target)) = target.filter(|(local, target)| !local.is_empty() && target.contains('.')) else {
                findings.push(
                    Finding::warn("dmarc.reports", at.as_str(), format!("{tag}={uri} is no mailto: address"))
                        .because("No report comes.")
                        .advise(format!("Write {tag}=mailto:dmarc@{domain}")),
                );
                continue;
            };
            if Tree::walk(dns, target).await?.organizational() == own {
                continue;
            }
            let consent = format!("{domain}._report._dmarc.{target}");
            if !dns.txt(&consent).await?.iter().any(|text| is_record(text)) {
                findings.push(
                    Finding::warn(
                        "dmarc.reports",
                        at.as_str(),
                        format!("{target} does not agree to get reports on {domain}"),
                    )
                    .because("Receivers send reports elsewhere only where that domain says so (RFC 9990).")
                    .advise(format!("Let who keeps {target} publish this record, or write an address of your own."))
                    .publish(zone::txt(&consent, "v=DMARC1")),
                );
            }
        }
    }
    Ok(findings)
}

/// Whether what is proven of `domain` counts for `from` (RFC 9989 §4.4).
async fn aligned(dns: &Dns, domain: &str, from: &str, organization: &str, strict: bool) -> Result<bool, Unanswered> {
    if domain == from || strict {
        return Ok(domain == from);
    }
    Ok(Tree::walk(dns, domain).await?.organizational() == organization)
}

fn alignment(
    id: &'static str,
    what: &str,
    proof: &str,
    domain: &str,
    from: &str,
    strict: bool,
    is_aligned: bool,
) -> Finding {
    let mode = if strict { "strict" } else { "relaxed" };
    if is_aligned {
        return Finding::pass(id, from, format!("{what} at {domain} is aligned ({mode})"));
    }
    let to_do = if strict {
        "Use the domain of From for it, or publish the DMARC record with relaxed alignment (without aspf=s and adkim=s)."
    } else {
        "Use a domain for it that belongs to the domain of From."
    };
    Finding::fail(id, from, format!("{what} at {domain} is not aligned ({mode})"))
        .because(format!("What {proof} proves does not count for {from}."))
        .advise(to_do)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    async fn found(zone: &str, mail_from: &str) -> Vec<(&'static str, Level)> {
        let sender = Sender { from: "news.own.test".into(), mail_from: mail_from.into(), reply_to: "own.test".into() };
        let findings = check(&Dns::written(zone), "news.own.test", &[sender], &[]).await.unwrap();
        findings.iter().map(|finding| (finding.id, finding.level)).filter(|(_, level)| *level != Level::Pass).collect()
    }

    #[tokio::test]
    async fn alignment_goes_by_the_walk_and_not_by_names() {
        let zone = "_dmarc.own.test TXT v=DMARC1; p=reject";
        assert_eq!(found(zone, "bounce.own.test").await, []);
        assert_eq!(found(zone, "bounce.other.test").await, [("dmarc.spf-alignment", Level::Fail)]);
        // A part of the organization that stands alone.
        let zone = "_dmarc.own.test TXT v=DMARC1; p=reject\n_dmarc.bounce.own.test TXT v=DMARC1; p=reject; psd=n";
        assert_eq!(found(zone, "bounce.own.test").await, [("dmarc.spf-alignment", Level::Fail)]);
        let strict = "_dmarc.own.test TXT v=DMARC1; p=reject; aspf=s";
        assert_eq!(found(strict, "bounce.own.test").await, [("dmarc.spf-alignment", Level::Fail)]);
        assert_eq!(found(strict, "news.own.test").await, []);
    }

    #[tokio::test]
    async fn below_its_domain_the_policy_for_subdomains_holds() {
        let zone = "_dmarc.own.test TXT v=DMARC1; p=reject; sp=none";
        assert_eq!(found(zone, "own.test").await, [("dmarc.policy", Level::Warn)]);
        let zone = "_dmarc.own.test TXT v=DMARC1; p=none; sp=reject";
        assert_eq!(found(zone, "own.test").await, []);
    }

    #[tokio::test]
    async fn says_what_is_gone_and_what_is_no_value() {
        let zone = "_dmarc.own.test TXT v=DMARC1; p=reject; pct=50; ri=3600";
        assert_eq!(found(zone, "own.test").await, [("dmarc.gone", Level::Warn)]);
        let zone = "_dmarc.own.test TXT v=DMARC1; p=block";
        assert_eq!(found(zone, "own.test").await, [("dmarc.syntax", Level::Fail)]);
    }
}
