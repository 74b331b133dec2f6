use std::net::IpAddr;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::super::dns::{Dns, Unanswered};
use super::record::{Hosts, Mechanism, Net, Qualifier, Record};

/// Far more than any receiver asks. Beyond it a record is not followed.
const ENOUGH: u32 = 60;
/// The names of one `mx` that count (RFC 7208 §4.6.4).
const EXCHANGERS: usize = 10;

/// A record followed to its end, as a receiver does for whom nothing matches before.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Terms that need DNS (RFC 7208 §4.6.4).
    pub lookups: u32,
    /// Terms whose name has nothing.
    pub voids: Vec<String>,
    /// Domains of `include` and `redirect`, as far as they were followed.
    pub included: Vec<String>,
    /// Domains whose record has `ptr`.
    pub with_ptr: Vec<String>,
    pub broken: Vec<Broken>,
    pub rules: Vec<Rule>,
    /// `all` of the record, or of that it redirects to.
    pub all: Option<Qualifier>,
}

/// A term that no receiver can follow: the whole record counts as an error.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The included domain has no record, or several.
    Records {
        domain: String,
        many: usize,
    },
    Syntax {
        domain: String,
        wrong: String,
    },
    Loop {
        domain: String,
    },
}

#[derive(Debug)]
pub(super) struct Rule {
    qualifier: Qualifier,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Always,
    Nets(Vec<Net>),
    Included(Vec<Rule>),
    /// Depends on the message.
    Unknown,
}

/// Rules of a record and of those it redirects to, and the `all` they end in.
type Followed = (Vec<Rule>, Option<Qualifier>);

/// Whom the record lets send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Covered {
    Yes,
    No,
    Unknown,
}

impl Walk {
    /// Follows `record`, which is that of `domain`.
    pub async fn through(dns: &Dns, domain: &str, record: &Record) -> Result<Self, Unanswered> {
        let mut walk = Self::default();
        let mut path = vec![domain.to_owned()];
        let (rules, all) = walk.follow(dns, &mut path, record).await?;
        (walk.rules, walk.all) = (rules, all);
        Ok(walk)
    }

    pub fn covers(&self, ip: IpAddr) -> Covered {
        covers(&self.rules, ip)
    }

    fn follow<'a>(
        &'a mut self,
        dns: &'a Dns,
        path: &'a mut Vec<String>,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<Followed, Unanswered>> {
        async move {
            let mut rules = Vec::new();
            let domain = path.last().cloned().unwrap_or_default();
            for (qualifier, mechanism) in &record.terms {
                if self.lookups > ENOUGH {
                    break;
                }
                let test = match mechanism {
                    Mechanism::All => {
                        rules.push(Rule { qualifier: *qualifier, test: Test::Always });
                        // What stands behind it counts for nobody (RFC 7208 §5.1), redirect neither.
                        return Ok((rules, Some(*qualifier)));
                    }
                    Mechanism::Ip(net) => Test::Nets(vec![*net]),
                    Mechanism::Include(target) => {
                        self.lookups += 1;
                        Test::Included(self.enter(dns, path, target).await?.map(|(rules, _)| rules).unwrap_or_default())
                    }
                    Mechanism::A(hosts) => {
                        self.lookups += 1;
                        self.hosts(dns, &domain, hosts, false).await?
                    }
                    Mechanism::Mx(hosts) => {
                        self.lookups += 1;
                        self.hosts(dns, &domain, hosts, true).await?
                    }
                    Mechanism::Ptr => {
                        self.lookups += 1;
                        self.with_ptr.push(domain.clone());
                        Test::Unknown
                    }
                    Mechanism::Exists => {
                        self.lookups += 1;
                        Test::Unknown
                    }
                };
                rules.push(Rule { qualifier: *qualifier, test });
            }
            let mut all = None;
            if let Some(target) = &record.redirect
                && self.lookups <= ENOUGH
            {
                self.lookups += 1;
                if let Some((further, ending)) = self.enter(dns, path, target).await? {
                    rules.extend(further);
                    all = ending;
                }
            }
            Ok((rules, all))
        }
        .boxed()
    }

    /// The rules of another domain; none where it has no record that can be followed.
    async fn enter(&mut self, dns: &Dns, path: &mut Vec<String>, target: &str) -> Result<Option<Followed>, Unanswered> {
        self.included.push(target.to_owned());
        if target.contains('%') {
            return Ok(Some((vec![Rule { qualifier: Qualifier::Pass, test: Test::Unknown }], None)));
        }
        if path.iter().any(|domain| domain == target) {
            self.broken.push(Broken::Loop { domain: target.to_owned() });
            return Ok(None);
        }
        let texts = dns.txt(target).await?;
        let records: Vec<&String> = texts.iter().filter(|text| Record::is_one(text)).collect();
        let [text] = records[..] else {
            self.broken.push(Broken::Records { domain: target.to_owned(), many: records.len() });
            return Ok(None);
        };
        match Record::parse(text) {
            Err(wrong) => {
                self.broken.push(Broken::Syntax { domain: target.to_owned(), wrong });
                Ok(None)
            }
            Ok(record) => {
                path.push(target.to_owned());
                let followed = self.follow(dns, path, &record).await;
                path.pop();
                followed.map(Some)
            }
        }
    }

    async fn hosts(&mut self, dns: &Dns, own: &str, hosts: &Hosts, of_mx: bool) -> Result<Test, Unanswered> {
        let name = hosts.domain.as_deref().unwrap_or(own);
        if name.contains('%') {
            return Ok(Test::Unknown);
        }
        let names = if of_mx {
            let exchangers = dns.mx(name).await?;
            exchangers.into_iter().map(|(_, name)| name).filter(|name| !name.is_empty()).take(EXCHANGERS).collect()
        } else {
            vec![name.to_owned()]
        };
        let mut nets = Vec::new();
        for host in &names {
            let found = dns.addresses(host).await?;
            if found.is_empty() {
                self.voids.push(host.clone());
            }
            let length = |ip: &IpAddr| if ip.is_ipv4() { hosts.v4 } else { hosts.v6 };
            nets.extend(found.into_iter().map(|ip| Net { ip, prefix: length(&ip) }));
        }
        if names.is_empty() {
            self.voids.push(name.to_owned());
        }
        Ok(Test::Nets(nets))
    }
}

/// The first rule that matches decides (RFC 7208 §4.6.2).
fn covers(rules: &[Rule], ip: IpAddr) -> Covered {
    let mut may_be = false;
    for rule in rules {
        let matches = match &rule.test {
            Test::Always => Covered::Yes,
            Test::Unknown => Covered::Unknown,
            Test::Nets(nets) if nets.iter().any(|net| net.contains(ip)) => Covered::Yes,
            Test::Nets(_) => Covered::No,
            Test::Included(rules) => covers(rules, ip),
        };
        match matches {
            Covered::Yes if rule.qualifier == Qualifier::Pass => return Covered::Yes,
            Covered::Yes if may_be => return Covered::Unknown,
            Covered::Yes => return Covered::No,
            Covered::Unknown => may_be = true,
            Covered::No => {}
        }
    }
    if may_be { Covered::Unknown } else { Covered::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn walk(zone: &str, record: &str) -> Walk {
        let record = Record::parse(record).unwrap();
        Walk::through(&Dns::written(zone), "own.test", &record).await.unwrap()
    }

    #[tokio::test]
    async fn counts_terms_that_need_dns_through_includes_and_redirects() {
        let zone = "own.test A 192.0.2.1
            own.test MX 10 mx.own.test
            mx.own.test A 192.0.2.2
            one.test TXT v=spf1 a:mx.own.test include:two.test ~all
            two.test TXT v=spf1 ip4:198.51.100.0/24 exists:%{i}.two.test ptr -all
            three.test TXT v=spf1 mx:own.test -all";
        let walk = walk(zone, "v=spf1 a mx ip4:203.0.113.7 include:one.test redirect=three.test").await;
        // a, mx, include, (a, include, (exists, ptr)), redirect, (mx)
        assert_eq!(walk.lookups, 9);
        assert_eq!((walk.voids.len(), &walk.with_ptr[..]), (0, &["two.test".to_owned()][..]));
        assert_eq!(walk.included, ["one.test", "two.test", "three.test"]);
        assert_eq!((walk.all, &walk.broken[..]), (Some(Qualifier::Fail), &[][..]));
    }

    #[tokio::test]
    async fn nothing_behind_all_counts() {
        let walk = walk("", "v=spf1 -all include:one.test redirect=two.test").await;
        assert_eq!((walk.lookups, walk.all), (0, Some(Qualifier::Fail)));
    }

    #[tokio::test]
    async fn finds_what_leads_nowhere_or_round() {
        let zone = "loop.test TXT v=spf1 include:own.test -all
            twice.test TXT v=spf1 -all
            twice.test TXT v=spf1 ~all
            typo.test TXT v=spf1 ip4:nonsense -all";
        let text =
            "v=spf1 include:loop.test include:none.test include:twice.test include:typo.test a:gone.test mx -all";
        let walk = walk(zone, text).await;
        let domain = |name: &str| name.to_owned();
        assert_eq!(
            walk.broken,
            [
                Broken::Loop { domain: domain("own.test") },
                Broken::Records { domain: domain("none.test"), many: 0 },
                Broken::Records { domain: domain("twice.test"), many: 2 },
                Broken::Syntax { domain: domain("typo.test"), wrong: "`ip4:nonsense` holds no such address".into() },
            ]
        );
        assert_eq!(walk.voids, ["gone.test", "own.test"]);
    }

    #[tokio::test]
    async fn a_tree_that_grows_without_end_is_left() {
        let mut zone = String::new();
        for (name, next) in (0..200).map(|number| (format!("n{number}.test"), format!("n{}.test", number + 1))) {
            zone += &format!("{name} TXT v=spf1 include:{next} include:{next} -all\n");
        }
        let walk = walk(&zone, "v=spf1 include:n0.test -all").await;
        assert!((ENOUGH..200).contains(&walk.lookups), "{}", walk.lookups);
    }

    #[tokio::test]
    async fn knows_whom_it_lets_send() {
        let zone = "one.test TXT v=spf1 ip4:198.51.100.0/24 -ip4:203.0.113.9 +all
            two.test TXT v=spf1 ip4:192.0.2.66 ?all
            mx.test A 192.0.2.77";
        let walk = walk(zone, "v=spf1 a:mx.test -ip4:198.51.100.8 include:two.test exists:%{i}.x.test ~all").await;
        let covers = |ip: &str| walk.covers(ip.parse().unwrap());
        assert_eq!((covers("192.0.2.77"), covers("192.0.2.66")), (Covered::Yes, Covered::Yes));
        assert_eq!((covers("198.51.100.8"), covers("192.0.2.1")), (Covered::No, Covered::Unknown));
    }

    #[tokio::test]
    async fn no_answer_is_handed_on() {
        let record = Record::parse("v=spf1 include:dead.test -all").unwrap();
        let walk = Walk::through(&Dns::written("dead.test NULL"), "own.test", &record).await;
        assert_eq!(walk.unwrap_err().name, "dead.test");
    }
}
