use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An SPF record (RFC 7208 §4.5, §4.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub terms: Vec<(Qualifier, Mechanism)>,
    pub redirect: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Qualifier {
    Pass,
    Neutral,
    SoftFail,
    Fail,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    All,
    Include(String),
    A(Hosts),
    Mx(Hosts),
    Ptr,
    Exists,
    Ip(Net),
}

/// What `a` and `mx` match: addresses of a name, and their neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hosts {
    /// The record's own domain where it is missing.
    pub domain: Option<String>,
    pub v4: u8,
    pub v6: u8,
}

/// Addresses with the same first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Net {
    pub ip: IpAddr,
    pub prefix: u8,
}

impl Record {
    /// Whether a TXT record is an SPF record at all.
    pub fn is_one(text: &str) -> bool {
        let first = text.split(' ').next().unwrap_or_default();
        first.eq_ignore_ascii_case("v=spf1")
    }

    /// `Err` says which term is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut record = Self::default();
        for term in text.split(' ').filter(|term| !term.is_empty()).skip(1) {
            record.take(term)?;
        }
        Ok(record)
    }

    fn take(&mut self, term: &str) -> Result<(), String> {
        if let Some((name, value)) = modifier(term) {
            if name.eq_ignore_ascii_case("redirect") {
                if self.redirect.is_some() {
                    return Err("redirect= stands in it twice".into());
                }
                self.redirect = Some(domain(term, value)?);
            }
            // Others are left alone (RFC 7208 §6).
            return Ok(());
        }
        let (qualifier, rest) = match term.as_bytes().first() {
            Some(b'+') => (Qualifier::Pass, &term[1..]),
            Some(b'?') => (Qualifier::Neutral, &term[1..]),
            Some(b'~') => (Qualifier::SoftFail, &term[1..]),
            Some(b'-') => (Qualifier::Fail, &term[1..]),
            _ => (Qualifier::Pass, term),
        };
        self.terms.push((qualifier, mechanism(term, rest)?));
        Ok(())
    }

    pub fn all(&self) -> Option<Qualifier> {
        self.terms.iter().find(|(_, mechanism)| *mechanism == Mechanism::All).map(|(qualifier, _)| *qualifier)
    }
}

/// `name=value`, where the name is one.
fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let mut letters = name.bytes();
    let begins = letters.next().is_some_and(|b| b.is_ascii_alphabetic());
    (begins && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))).then_some((name, value))
}

fn mechanism(term: &str, rest: &str) -> Result<Mechanism, String> {
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(end);
    let value = argument.strip_prefix(':');
    let needed =
        || value.filter(|value| !value.is_empty()).ok_or_else(|| format!("`{term}` names nothing after the :"));
    let unargued = |mechanism| match argument {
        "" => Ok(mechanism),
        _ => Err(format!("`{term}` takes nothing behind it")),
    };
    match name.to_ascii_lowercase().as_str() {
        "all" => unargued(Mechanism::All),
        "include" => Ok(Mechanism::Include(domain(term, needed()?)?)),
        "exists" => domain(term, needed()?).map(|_| Mechanism::Exists),
        "a" => Ok(Mechanism::A(hosts(term, argument)?)),
        "mx" => Ok(Mechanism::Mx(hosts(term, argument)?)),
        "ptr" => match value {
            None => unargued(Mechanism::Ptr),
            Some(value) => domain(term, value).map(|_| Mechanism::Ptr),
        },
        "ip4" => Ok(Mechanism::Ip(net(term, needed()?, |text| text.parse::<Ipv4Addr>().map(IpAddr::V4).ok(), 32)?)),
        "ip6" => Ok(Mechanism::Ip(net(term, needed()?, |text| text.parse::<Ipv6Addr>().map(IpAddr::V6).ok(), 128)?)),
        _ => Err(format!("`{term}` is no mechanism of SPF")),
    }
}

/// `:domain/24//64`, each part optional.
fn hosts(term: &str, argument: &str) -> Result<Hosts, String> {
    let (domain_part, lengths) = argument.split_at(argument.find('/').unwrap_or(argument.len()));
    let domain = domain_part.strip_prefix(':').map(|name| domain(term, name)).transpose()?;
    let (v4, v6) = match lengths.split_once("//") {
        Some((v4, v6)) => (v4, Some(v6)),
        None => (lengths, None),
    };
    let v4 = v4.strip_prefix('/').map_or(Ok(32), |bits| prefix(term, bits, 32))?;
    let v6 = v6.map_or(Ok(128), |bits| prefix(term, bits, 128))?;
    Ok(Hosts { domain, v4, v6 })
}

fn net(term: &str, text: &str, read: impl Fn(&str) -> Option<IpAddr>, most: u8) -> Result<Net, String> {
    let (ip, bits) = match text.split_once('/') {
        Some((ip, bits)) => (ip, prefix(term, bits, most)?),
        None => (text, most),
    };
    let ip = read(ip).ok_or_else(|| format!("`{term}` holds no such address"))?;
    Ok(Net { ip, prefix: bits })
}

fn prefix(term: &str, bits: &str, most: u8) -> Result<u8, String> {
    let is_number = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
    bits.parse()
        .ok()
        .filter(|bits| is_number && *bits <= most)
        .ok_or_else(|| format!("`{term}` has no length up to {most}"))
}

/// A domain name, or one with macros in it, which only a message fills in.
fn domain(term: &str, text: &str) -> Result<String, String> {
    let is_inside = |b: u8| b.is_ascii_graphic() && b != b'/' || text.contains('%') && b == b'/';
    let text = text.trim_end_matches('.');
    let is_name = text.contains('.') || text.contains('%');
    if is_name && text.bytes().all(is_inside) && !text.contains("..") {
        return Ok(text.to_ascii_lowercase());
    }
    Err(format!("`{term}` names no domain"))
}

impl Net {
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.ip, ip) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                u32::from(net) & mask == u32::from(ip) & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                u128::from(net) & mask == u128::from(ip) & mask
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_mechanism_whatever_its_case() {
        let text = "v=spf1 A MX:Mail.Example.org/28//64 a/24 include:_spf.example.net ip4:192.0.2.0/24 -ip6:2001:db8::/32 \
                    ?exists:%{i}.example.org ptr exp=why.example.org x-ours=1 ~all";
        let record = Record::parse(text).unwrap();
        let hosts = |domain: Option<&str>, v4, v6| Hosts { domain: domain.map(str::to_owned), v4, v6 };
        let net = |ip: &str, prefix| Mechanism::Ip(Net { ip: ip.parse().unwrap(), prefix });
        use Mechanism::{A, All, Exists, Include, Mx, Ptr};
        use Qualifier::{Fail, Neutral, Pass, SoftFail};
        let expected = [
            (Pass, A(hosts(None, 32, 128))),
            (Pass, Mx(hosts(Some("mail.example.org"), 28, 64))),
            (Pass, A(hosts(None, 24, 128))),
            (Pass, Include("_spf.example.net".into())),
            (Pass, net("192.0.2.0", 24)),
            (Fail, net("2001:db8::", 32)),
            (Neutral, Exists),
            (Pass, Ptr),
            (SoftFail, All),
        ];
        assert_eq!(record.terms, expected);
        assert_eq!((record.all(), record.redirect), (Some(SoftFail), None));
    }

    #[test]
    fn says_which_term_is_wrong() {
        for (term, wrong) in [
            ("ip4:192.0.2", "`ip4:192.0.2` holds no such address"),
            ("ip4:192.0.2.0/33", "`ip4:192.0.2.0/33` has no length up to 32"),
            ("include:", "`include:` names nothing after the :"),
            ("include:example", "`include:example` names no domain"),
            ("all:example.org", "`all:example.org` takes nothing behind it"),
            ("mail.example.org", "`mail.example.org` is no mechanism of SPF"),
            ("a:", "`a:` names no domain"),
            ("ipv4:192.0.2.1", "`ipv4:192.0.2.1` is no mechanism of SPF"),
        ] {
            assert_eq!(Record::parse(&format!("v=spf1 {term} -all")), Err(wrong.to_owned()));
        }
        assert!(Record::is_one("V=SPF1 -all") && Record::is_one("v=spf1") && !Record::is_one("v=spf10 -all"));
    }

    #[test]
    fn a_net_holds_its_neighbours() {
        let net = |text: &str, prefix| Net { ip: text.parse().unwrap(), prefix };
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(net("192.0.2.0", 24).contains(ip("192.0.2.255")) && !net("192.0.2.0", 24).contains(ip("192.0.3.0")));
        assert!(net("0.0.0.0", 0).contains(ip("203.0.113.1")) && !net("0.0.0.0", 0).contains(ip("::1")));
        assert!(
            net("2001:db8::", 32).contains(ip("2001:db8:1::1")) && !net("2001:db8::", 128).contains(ip("2001:db8::1"))
        );
    }
}
