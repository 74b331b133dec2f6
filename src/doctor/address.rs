//! The address mail leaves from, where it is ours: its names, and the name the relay calls itself by (RFC 5321 §4.1.4).

use super::dns::{Dns, Unanswered, reverse_name};
use super::finding::Finding;
use super::route::{Route, is_private};
use super::zone;

pub(super) async fn check(dns: &Dns, route: &Route) -> Result<Vec<Finding>, Unanswered> {
    let relay = format!("relay {}", route.relay);
    if !route.is_ours {
        let found = "it is not on a machine of ours: its keeper answers for its address and its name";
        return Ok(vec![Finding::pass("ip.owner", relay, found)]);
    }
    let mut findings = Vec::new();
    if let Some(name) = &route.name {
        findings.push(hello(dns, name, &route.addresses).await?);
    }
    if route.addresses.is_empty() {
        if route.name.is_none() {
            // It did not answer, which is told of it.
            return Ok(findings);
        }
        let finding = Finding::warn("ip.owner", relay, "it is not known which address receivers see")
            .because("So it could not be looked at whether that address has a name, which Gmail wants.")
            .advise(
                "Let the relay call itself by its full name (Postfix: myhostname), and give that name the address.",
            );
        findings.push(finding);
        return Ok(findings);
    }
    for ip in &route.addresses {
        let about = ip.to_string();
        let suggested = route.name.as_deref().filter(|name| name.contains('.')).unwrap_or("mail.example.org");
        let pointer = || zone::line(&reverse_name(*ip), "PTR", &format!("{suggested}."));
        let names = dns.names_of(*ip).await?;
        if names.is_empty() {
            findings.push(
                Finding::fail("ip.reverse", about, format!("it has no name (assumed to be ours: {})", route.assumed))
                    .because("Gmail refuses mail from an address without a name (550 5.7.25).")
                    .advise("Set its reverse name where you rent the machine, or publish this record.")
                    .publish(pointer()),
            );
            continue;
        }
        let mut leads_back = false;
        for name in &names {
            leads_back |= dns.addresses(name).await?.contains(ip);
        }
        let shown = names.join(", ");
        findings.push(if leads_back {
            Finding::pass("ip.reverse", about, format!("{shown}, and back (assumed to be ours: {})", route.assumed))
        } else {
            let name = names.first().map_or("", String::as_str);
            Finding::fail("ip.forward", about, format!("its name is {shown}, which does not lead back to it"))
                .because("A name that anybody could claim proves nothing; Gmail refuses such mail (550 5.7.25).")
                .advise("Give that name the address, or give the address another name.")
                .publish(zone::line(name, if ip.is_ipv4() { "A" } else { "AAAA" }, &ip.to_string()))
        });
    }
    Ok(findings)
}

async fn hello(dns: &Dns, name: &str, addresses: &[std::net::IpAddr]) -> Result<Finding, Unanswered> {
    let why = "Receivers look the name up, and mail from a host that calls itself otherwise counts as a robot's.";
    if !name.contains('.') || name.starts_with('[') {
        return Ok(Finding::fail("ip.hello", name, "the relay does not call itself by a full name")
            .because(why)
            .advise("Set the full name of its host at the relay (Postfix: myhostname)."));
    }
    let found = dns.addresses(name).await?;
    if found.is_empty() {
        let finding = Finding::fail("ip.hello", name, "the relay calls itself so, and the name has no address");
        let Some(ip) = addresses.first() else {
            return Ok(finding.because(why).advise("Give the name the address that receivers see."));
        };
        let line = zone::line(name, if ip.is_ipv4() { "A" } else { "AAAA" }, &ip.to_string());
        return Ok(finding.because(why).advise("Publish this record.").publish(line));
    }
    if found.iter().all(|ip| is_private(*ip)) {
        return Ok(Finding::warn(
            "ip.hello",
            name,
            "the relay calls itself so, and the name has only private addresses",
        )
        .because(why)
        .advise("Give the name the address that receivers see."));
    }
    Ok(Finding::pass("ip.hello", name, "the relay calls itself so, and the name has an address"))
}
