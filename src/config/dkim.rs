use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Newsletter;
use super::domain_name::DomainName;
use super::problem::{Problem, Step, parse_inside_serde};
use super::tables::Tables;
use crate::dkim::{KeyError, PrivateKey, SigningKey, is_aligned};

/// Octets of a domain name (RFC 1035 §2.3.4), less its length octets.
const MAX_NAME: usize = 253;

/// `[dkim]` or `[[dkim]]` as it stands in the file: a key. Either nothing is set, and nothing is signed with it, or everything is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DkimTable {
    domain: Option<SigningDomain>,
    selector: Option<Selector>,
    key_file: Option<PathBuf>,
}

/// A domain name, kept as lower-case A-labels.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct SigningDomain(String);

/// Labels of a domain name, separated by dots (RFC 6376 §3.1).
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Selector(String);

impl SigningDomain {
    fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = |_| Problem::new("it is not a domain name", "write the domain of your from: \"example.org\"");
        DomainName::parse(text).map(|name| Self(name.0)).map_err(wrong)
    }
}

impl Selector {
    fn parse(text: &str) -> Result<Self, Problem> {
        if is_selector(text) {
            return Ok(Self(text.to_owned()));
        }
        let advice = "write the name before ._domainkey in your DNS record: \"griot\"";
        Err(Problem::new("a selector is letters, digits and -, because it is part of a DNS name", advice))
    }
}

parse_inside_serde!(SigningDomain, Selector);

/// Whether a text can stand before `._domainkey`: labels of a domain name.
pub fn is_selector(text: &str) -> bool {
    let is_inside = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    text.split('.').all(|label| (1..=63).contains(&label.len()) && label.bytes().all(is_inside))
}

/// Reads the keys, and checks that each signs for somebody and nobody is left unsigned.
pub(super) fn resolve(
    tables: Tables<DkimTable>,
    folder: &Path,
    newsletters: &[Newsletter],
) -> Result<Vec<SigningKey>, Problem> {
    let mut complete = Vec::new();
    for (place, table) in tables.placed("dkim") {
        if let Some(table) = table.complete().map_err(|problem| problem.within(&place))? {
            complete.push((place, table));
        }
    }
    check_alignment(complete.iter().map(|(_, table)| table.domain.as_str()), newsletters)?;
    for (place, table) in &complete {
        table.check_domain(newsletters).map_err(|problem| problem.at([Step::Key("domain")]).within(place))?;
        table.check_name().map_err(|problem| problem.at([Step::Key("selector")]).within(place))?;
    }
    let read = |(place, table): (Vec<Step>, Complete)| {
        let key = read_key(&folder.join(&table.key_file))
            .map_err(|problem| problem.at([Step::Key("key_file")]).within(&place))?;
        Ok(SigningKey { domain: table.domain, selector: table.selector, key })
    };
    complete.into_iter().map(read).collect()
}

/// A table with everything in it.
struct Complete {
    domain: String,
    selector: String,
    key_file: PathBuf,
}

impl DkimTable {
    fn complete(self) -> Result<Option<Complete>, Problem> {
        match (self.domain, self.selector, self.key_file) {
            (None, None, None) => Ok(None),
            (Some(SigningDomain(domain)), Some(Selector(selector)), Some(key_file)) => {
                Ok(Some(Complete { domain, selector, key_file }))
            }
            (domain, selector, _) => {
                let (missing, advice) = match (domain, selector) {
                    (None, _) => ("domain", "write the domain of your from: domain = \"example.org\""),
                    (_, None) => ("selector", "write the name before ._domainkey in DNS: selector = \"griot\""),
                    _ => ("key_file", "write: key_file = \"dkim.pem\""),
                };
                Err(Problem::new(format!("it has no `{missing}`"), advice))
            }
        }
    }
}

impl Complete {
    fn check_domain(&self, newsletters: &[Newsletter]) -> Result<(), Problem> {
        if newsletters.iter().any(|newsletter| is_aligned(&self.domain, newsletter.from.address.domain())) {
            return Ok(());
        }
        let message = "no newsletter's from is at this domain or below it, so the key would sign nothing";
        Err(Problem::new(message, "take the table out, or write the domain of a from"))
    }

    fn check_name(&self) -> Result<(), Problem> {
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        if name.len() <= MAX_NAME {
            return Ok(());
        }
        let message = format!("the name of the DNS record has {} characters, and {MAX_NAME} is the most", name.len());
        Err(Problem::new(message, "write a shorter selector: \"griot\""))
    }
}

/// Mail that is signed for another domain than its From fails DMARC as if it were not signed (RFC 9989).
fn check_alignment<'a>(
    domains: impl Iterator<Item = &'a str> + Clone,
    newsletters: &[Newsletter],
) -> Result<(), Problem> {
    if domains.clone().next().is_none() {
        return Ok(());
    }
    for (index, newsletter) in newsletters.iter().enumerate() {
        let from = newsletter.from.address.domain();
        if !domains.clone().any(|domain| is_aligned(domain, from)) {
            let message = format!(
                "the DKIM keys sign for {}, which is neither {from} nor a parent of it, so the signature would not \
                 count for this sender (DMARC)",
                domains.collect::<Vec<_>>().join(" and ")
            );
            let advice = format!("add a [[dkim]] table with domain = \"{from}\", or write an address at that domain");
            let at = [Step::Key("newsletter"), Step::Index(index), Step::Key("from")];
            return Err(Problem::new(message, advice).at(at));
        }
    }
    Ok(())
}

fn read_key(path: &Path) -> Result<PrivateKey, Problem> {
    let shown = path.display();
    let unreadable = |cause: std::io::Error| {
        let message = format!("the key cannot be read from {shown}: {cause}");
        Problem::new(message, "let the user griot runs as read it, or make one: ".to_owned() + &making_a_key(path))
    };
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o004 != 0 {
        let message = format!("everybody on this machine can read {shown}, and could sign mail in your name");
        return Err(Problem::new(message, format!("run: chmod 600 {shown}")));
    }
    let pem = fs::read_to_string(path).map_err(unreadable)?;
    PrivateKey::from_pem(&pem).map_err(|error| {
        let advice = match error {
            KeyError::Encrypted => format!("take the passphrase off: openssl pkey -in {shown} -out unlocked.pem"),
            KeyError::TooShort | KeyError::TooLong => {
                format!("make a new one, and publish it under a new selector: {}", making_a_key(path))
            }
            KeyError::NotPem | KeyError::OtherAlgorithm | KeyError::Damaged => {
                format!("make one: {}", making_a_key(path))
            }
        };
        Problem::new(format!("the key file {shown} {error}"), advice)
    })
}

fn making_a_key(path: &Path) -> String {
    format!("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out {}", path.display())
}
