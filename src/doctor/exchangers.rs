//! Whether mail comes in at the domains that messages bear (RFC 5321 §5.1, RFC 7505): filters look, and answers and
//! bounces go there.

use super::dns::{Dns, Unanswered};
use super::finding::Finding;
use super::zone;

/// `role` says what the domain is there for, as in "From".
pub(super) async fn check(dns: &Dns, domain: &str, role: &str) -> Result<Vec<Finding>, Unanswered> {
    let exchangers = dns.mx(domain).await?;
    let fix = |finding: Finding| {
        let to_do = "Publish this record, with the name of the server that takes your mail.";
        finding.advise(to_do).publish(zone::line(domain, "MX", &format!("10 mail.{domain}.")))
    };
    if exchangers.is_empty() {
        let why = "Mail from a domain that takes none is refused by many, and bounces and answers are lost.";
        return Ok(vec![if dns.addresses(domain).await?.is_empty() {
            fix(Finding::fail("mx.record", domain, format!("no MX record and no address ({role})")).because(why))
        } else {
            fix(Finding::warn("mx.record", domain, format!("no MX record; mail goes to its address instead ({role})"))
                .because("Some filters take that for a domain that gets no mail."))
        }]);
    }
    if exchangers.iter().any(|(_, name)| name.is_empty()) {
        let finding = Finding::fail("mx.null", domain, format!("a null MX: the domain takes no mail ({role})"));
        return Ok(vec![
            fix(finding.because("Mail from a domain that takes none is refused by many (RFC 7505 §4.2).")),
        ]);
    }
    let mut findings = Vec::new();
    for (_, name) in &exchangers {
        if let Some(target) = dns.alias(name).await? {
            findings.push(
                Finding::warn("mx.alias", domain, format!("its MX {name} is an alias of {target} ({role})"))
                    .because("A mail exchanger may be no alias (RFC 5321 §5.1), and some servers do not follow it.")
                    .advise("Publish the record with the name behind the alias.")
                    .publish(zone::line(domain, "MX", &format!("10 {target}."))),
            );
        } else if dns.addresses(name).await?.is_empty() {
            findings.push(
                Finding::fail("mx.target", domain, format!("its MX {name} has no address ({role})"))
                    .because("Mail to the domain is lost, and many refuse mail from it.")
                    .advise("Give the name an address, or publish an MX record with another."),
            );
        }
    }
    if findings.is_empty() {
        let names: Vec<&str> = exchangers.iter().map(|(_, name)| name.as_str()).collect();
        findings.push(Finding::pass("mx.record", domain, format!("{} ({role})", names.join(", "))));
    }
    Ok(findings)
}
