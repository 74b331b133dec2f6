use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use super::problem::Problem;

/// Where messages go.
#[derive(Clone, Debug)]
pub enum Relay {
    Smtp {
        /// A name or an address, an IPv6 one without its brackets.
        host: String,
        port: u16,
        tls: Tls,
        /// Invariant: where there is a user there is a password, and the other way round.
        user: Option<String>,
        password: Option<SecretString>,
    },
    /// Every message becomes a file in this folder; nothing is sent.
    Directory(PathBuf),
}

/// How the connection to the relay is protected (rule S10, RFC 8314).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte: `smtps://`, port 465.
    Implicit,
    /// STARTTLS, and no mail without it: `smtp://`, port 587.
    Required,
    /// Plain text: to this machine only, unless `allow_plaintext` says otherwise.
    None,
}

const ADVICE: &str =
    "write \"smtps://user@host:465\", \"smtp://user@host:587?tls=required\" or, to write files, \"dir:outbox\"";

impl Relay {
    /// Parses `smtp://`, `smtps://` and `dir:`. The password is never part of it; `variable` is where it belongs.
    pub fn parse(text: &str, variable: &str) -> Result<Self, Problem> {
        if let Some(folder) = text.strip_prefix("dir:") {
            let is_url = folder.starts_with("//");
            return match folder {
                "" => Err(Problem::new("dir: names no folder", "write: url = \"dir:outbox\"")),
                _ if is_url => Err(Problem::new(
                    "dir: takes a path, without //",
                    format!("write: url = \"dir:{}\"", folder.trim_start_matches('/')),
                )),
                _ => Ok(Self::Directory(PathBuf::from(folder))),
            };
        }
        let url = Url::parse(text).map_err(|_| Problem::new("it is not a relay's address", ADVICE))?;
        if url.password().is_some() {
            return Err(Problem::new(
                "the password stands in the address, where logs and error messages would show it",
                format!("take it out, and set {variable}, or password_file, or password"),
            ));
        }
        let (default_port, default_tls) = match url.scheme() {
            "smtp" => (587, Tls::Required),
            "smtps" => (465, Tls::Implicit),
            scheme => return Err(Problem::new(format!("griot does not know `{scheme}:`"), ADVICE)),
        };
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(Problem::new("it names no host", ADVICE));
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(Problem::new("nothing but ?tls= may follow the port", ADVICE));
        }
        let user = (!url.username().is_empty()).then(|| percent_decode(url.username()));
        let tls = tls_of(&url, default_tls)?;
        Ok(Self::Smtp { host, port: url.port().unwrap_or(default_port), tls, user, password: None })
    }

    /// Whether it is this machine: `localhost`, 127.0.0.0/8 or ::1. A folder is.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Smtp { host, .. } => host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
            Self::Directory(_) => true,
        }
    }
}

fn tls_of(url: &Url, default: Tls) -> Result<Tls, Problem> {
    let mut tls = default;
    for (key, value) in url.query_pairs() {
        tls = match (key.as_ref(), value.as_ref(), default) {
            ("tls", "implicit", Tls::Implicit) => Tls::Implicit,
            ("tls", "required", Tls::Required) => Tls::Required,
            ("tls", "none", Tls::Required) => Tls::None,
            ("tls", other, Tls::Implicit) => {
                return Err(Problem::new(
                    format!("smtps:// is TLS from the first byte, and ?tls={other} contradicts it"),
                    "leave ?tls= out, or write smtp:// and port 587",
                ));
            }
            ("tls", other, _) => {
                return Err(Problem::new(
                    format!("`tls={other}` is not known"),
                    "write ?tls=required or, for a relay on this machine, ?tls=none",
                ));
            }
            (other, _, _) => {
                return Err(Problem::new(format!("`?{other}=` is not known"), "the only parameter is tls"));
            }
        };
    }
    Ok(tls)
}

pub(super) fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => {
                std::str::from_utf8(&[*high, *low]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())
            }
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[3..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// As it may be shown: without the password.
impl fmt::Display for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp { host, port, tls, .. } => {
                let scheme = if *tls == Tls::Implicit { "smtps" } else { "smtp" };
                let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                write!(f, "{scheme}://{host}:{port}")
            }
            Self::Directory(folder) => write!(f, "dir:{}", folder.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLE: &str = "GRIOT_SMTP_PASSWORD";

    fn parsed(text: &str) -> (String, u16, Tls, Option<String>) {
        match Relay::parse(text, VARIABLE).unwrap() {
            Relay::Smtp { host, port, tls, user, password: None } => (host, port, tls, user),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn s10_has_tls_unless_it_is_switched_off() {
        assert_eq!(parsed("smtp://mail.example.org"), ("mail.example.org".into(), 587, Tls::Required, None));
        assert_eq!(parsed("smtps://mail.example.org"), ("mail.example.org".into(), 465, Tls::Implicit, None));
        assert_eq!(parsed("smtp://127.0.0.1:2525?tls=none"), ("127.0.0.1".into(), 2525, Tls::None, None));
        assert_eq!(parsed("smtp://[::1]:25?tls=none").0, "::1");
    }

    #[test]
    fn decodes_the_user() {
        assert_eq!(parsed("smtps://brief%40example.org@h:465").3.as_deref(), Some("brief@example.org"));
        assert_eq!(parsed("smtps://a%zz@h").3.as_deref(), Some("a%zz"));
    }

    #[test]
    fn takes_a_folder() {
        assert!(matches!(Relay::parse("dir:out/box", VARIABLE).unwrap(), Relay::Directory(path) if path == *"out/box"));
        assert!(Relay::parse("dir:", VARIABLE).is_err() && Relay::parse("dir://outbox", VARIABLE).is_err());
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for text in [
            "",
            "mail.example.org",
            "http://h",
            "smtp://",
            "smtp://h/path",
            "smtp://h?tls=maybe",
            "smtps://h?tls=none",
            "smtp://h?x=1",
            "smtp://u:p@h",
        ] {
            assert!(Relay::parse(text, VARIABLE).is_err(), "{text:?} was accepted");
        }
    }
}
