//! Questions to a name server, and answers that tell "there is none" from "nobody answered".

#[cfg(test)]
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RData, RecordType};

/// For one answer of a name server; it is asked twice.
const WITHIN: Duration = Duration::from_secs(3);

/// Where names are looked up: the system's name servers, or one that is named.
#[derive(Debug)]
pub struct Dns(Source);

#[derive(Debug)]
enum Source {
    Network(Box<Network>),
    /// Names with their kinds, to what a zone file would say.
    #[cfg(test)]
    Written(HashMap<(String, RecordType), Vec<String>>),
}

struct Network {
    resolver: TokioResolver,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

/// No answer, which is not the answer that there is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the question for {kind} of {name} was not answered: {reason}")]
pub struct Unanswered {
    pub name: String,
    kind: String,
    reason: String,
    /// Nobody is there at all, rather than somebody who will not say.
    pub is_silence: bool,
}

impl Dns {
    /// Asks `server` alone, or whom this system asks.
    pub fn new(server: Option<SocketAddr>) -> Result<Self> {
        let mut builder = match server {
            Some(address) => {
                let mut ways = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
                ways.iter_mut().for_each(|way| way.port = address.port());
                let server = NameServerConfig::new(address.ip(), true, ways);
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio()
                .context("this system's name servers are not known; name one: griot doctor --resolver 9.9.9.9")?,
        };
        let options = builder.options_mut();
        options.timeout = WITHIN;
        options.attempts = 1;
        options.use_hosts_file = ResolveHosts::Never;
        let resolver = builder.build().context("no names can be looked up")?;
        Ok(Self(Source::Network(Box::new(Network { resolver }))))
    }

    /// The texts of a name, the strings of each put together.
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, Unanswered> {
        let text = |data: RData| match data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        };
        self.ask(name, RecordType::TXT, text).await
    }

    /// Preference and name, the most preferred first. The name of a null MX is empty (RFC 7505).
    pub async fn mx(&self, name: &str) -> Result<Vec<(u16, String)>, Unanswered> {
        let exchanger = |data: RData| match data {
            RData::MX(mx) => Some((mx.preference, shown(&mx.exchange))),
            _ => None,
        };
        let mut found = self.ask(name, RecordType::MX, exchanger).await?;
        found.sort();
        Ok(found)
    }

    /// IPv4 and IPv6, wherever aliases lead.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Unanswered> {
        if let Ok(literal) = name.parse() {
            return Ok(vec![literal]);
        }
        let mut found = self.v4(name).await?;
        let v6 = |data: RData| if let RData::AAAA(ip) = data { Some(IpAddr::V6(ip.0)) } else { None };
        found.extend(self.ask(name, RecordType::AAAA, v6).await?);
        Ok(found)
    }

    pub async fn v4(&self, name: &str) -> Result<Vec<IpAddr>, Unanswered> {
        let v4 = |data: RData| if let RData::A(ip) = data { Some(IpAddr::V4(ip.0)) } else { None };
        self.ask(name, RecordType::A, v4).await
    }

    /// What the name is an alias of.
    pub async fn alias(&self, name: &str) -> Result<Option<String>, Unanswered> {
        let target = |data: RData| if let RData::CNAME(target) = data { Some(shown(&target.0)) } else { None };
        Ok(self.ask(name, RecordType::CNAME, target).await?.into_iter().next())
    }

    /// The names an address has.
    pub async fn names_of(&self, ip: IpAddr) -> Result<Vec<String>, Unanswered> {
        let name = |data: RData| if let RData::PTR(name) = data { Some(shown(&name.0)) } else { None };
        self.ask(&reverse_name(ip), RecordType::PTR, name).await
    }

    async fn ask<T>(
        &self,
        name: &str,
        kind: RecordType,
        read: impl Fn(RData) -> Option<T>,
    ) -> Result<Vec<T>, Unanswered> {
        let unanswered = |reason: String, is_silence| Unanswered {
            name: name.to_owned(),
            kind: kind.to_string(),
            reason,
            is_silence,
        };
        // Absolute, or the system's search list would be tried behind it.
        let Ok(full) = Name::from_ascii(format!("{}.", name.trim_end_matches('.'))) else { return Ok(Vec::new()) };
        match &self.0 {
            Source::Network(network) => match network.resolver.lookup(full, kind).await {
                Ok(lookup) => Ok(lookup.answers().iter().filter_map(|record| read(record.data.clone())).collect()),
                Err(error) if error.is_no_records_found() => Ok(Vec::new()),
                Err(NetError::Dns(DnsError::ResponseCode(code))) => {
                    Err(unanswered(format!("the name server said {code}"), false))
                }
                Err(NetError::Timeout) => {
                    Err(unanswered(format!("nothing came within {} seconds", WITHIN.as_secs() * 2), true))
                }
                Err(error) => Err(unanswered(error.to_string(), true)),
            },
            #[cfg(test)]
            Source::Written(zone) => {
                let data = zone.get(&(shown(&full), kind)).into_iter().flatten();
                if zone.contains_key(&(shown(&full), RecordType::NULL)) {
                    return Err(unanswered("the name server said Server Failure".into(), false));
                }
                Ok(data.filter_map(|text| read(written(kind, text))).collect())
            }
        }
    }

    /// Lines such as `example.org TXT v=spf1 -all`; a line `example.org NULL` is a name nobody answers for.
    #[cfg(test)]
    pub(super) fn written(lines: &str) -> Self {
        let mut zone: HashMap<_, Vec<String>> = HashMap::new();
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let mut parts = line.splitn(3, ' ');
            let (name, kind) = (parts.next().unwrap(), parts.next().unwrap().parse().unwrap());
            zone.entry((name.to_owned(), kind)).or_default().push(parts.next().unwrap_or_default().to_owned());
        }
        Self(Source::Written(zone))
    }
}

#[cfg(test)]
fn written(kind: RecordType, text: &str) -> RData {
    use hickory_resolver::proto::rr::rdata;
    let name = |text: &str| Name::from_utf8(format!("{}.", text.trim_end_matches('.'))).unwrap();
    match kind {
        RecordType::TXT => RData::TXT(rdata::TXT::new(vec![text.to_owned()])),
        RecordType::A => RData::A(rdata::A(text.parse().unwrap())),
        RecordType::AAAA => RData::AAAA(rdata::AAAA(text.parse().unwrap())),
        RecordType::CNAME => RData::CNAME(rdata::CNAME(name(text))),
        RecordType::PTR => RData::PTR(rdata::PTR(name(text))),
        RecordType::MX => {
            let (preference, exchange) = text.split_once(' ').unwrap();
            RData::MX(rdata::MX::new(preference.parse().unwrap(), name(exchange)))
        }
        other => panic!("no zone here has {other}"),
    }
}

/// Lower case, without the dot at its end.
fn shown(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

/// `10.113.0.203.in-addr.arpa`, without the dot at its end.
pub(super) fn reverse_name(ip: IpAddr) -> String {
    shown(&Name::from(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_addresses_round() {
        assert_eq!(reverse_name("203.0.113.10".parse().unwrap()), "10.113.0.203.in-addr.arpa");
        assert!(reverse_name("2001:db8::1".parse().unwrap()).starts_with("1.0.0.0."));
    }

    #[tokio::test]
    async fn nothing_is_not_the_same_as_no_answer() {
        let dns = Dns::written("a.test TXT hello\nb.test NULL");
        assert_eq!(dns.txt("a.test").await.unwrap(), ["hello"]);
        assert_eq!(dns.txt("c.test").await.unwrap(), [""; 0]);
        let error = dns.txt("b.test").await.unwrap_err().to_string();
        assert_eq!(error, "the question for TXT of b.test was not answered: the name server said Server Failure");
    }
}
