/// A command of RFC 2033, or what to answer to one that is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Lhlo,
    /// The sender, without `<>`.
    Mail(String),
    /// The recipient, without `<>`.
    Rcpt(String),
    Data,
    Bdat {
        octets: u64,
        is_last: bool,
    },
    Rset,
    Noop,
    Vrfy,
    Quit,
    Wrong(&'static str),
}

/// The longest path, without `<>`: RFC 5321 §4.5.3.1.3 with room for senders that are longer than they may be.
const MAX_PATH: usize = 1_000;

impl Command {
    pub fn parse(line: &str) -> Self {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (verb.to_ascii_uppercase().as_str(), rest.trim()) {
            ("LHLO", "") => Self::Wrong("501 5.5.4 Name yourself: LHLO host"),
            ("LHLO", _) => Self::Lhlo,
            // RFC 2033 §4.1: a client that takes us for an SMTP server must find out.
            ("HELO" | "EHLO", _) => Self::Wrong("500 5.5.1 This is LMTP: say LHLO"),
            ("MAIL", rest) => match path_of(rest, "FROM:") {
                Some((sender, parameters)) if parameters.split_whitespace().all(is_known_of_mail) => Self::Mail(sender),
                Some(_) => Self::Wrong("555 5.5.4 Only SIZE, BODY and SMTPUTF8 are known here"),
                None => Self::Wrong("501 5.5.4 Write MAIL FROM:<address>"),
            },
            ("RCPT", rest) => match path_of(rest, "TO:") {
                Some((recipient, "")) if !recipient.is_empty() => Self::Rcpt(recipient),
                Some((recipient, _)) if !recipient.is_empty() => Self::Wrong("555 5.5.4 RCPT takes no parameters here"),
                _ => Self::Wrong("501 5.5.4 Write RCPT TO:<address>"),
            },
            ("DATA", "") => Self::Data,
            ("DATA", _) => Self::Wrong("501 5.5.4 DATA takes nothing behind it"),
            ("BDAT", rest) => bdat(rest),
            ("RSET", _) => Self::Rset,
            ("NOOP", _) => Self::Noop,
            ("VRFY", _) => Self::Vrfy,
            ("QUIT", _) => Self::Quit,
            _ => Self::Wrong("500 5.5.1 This command is not known here"),
        }
    }
}

/// The path behind `FROM:` or `TO:`, and the parameters behind it. A quoted local part may hold a `>`.
fn path_of<'a>(rest: &'a str, mark: &str) -> Option<(String, &'a str)> {
    let begins = rest.get(..mark.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(mark));
    let path = rest.get(mark.len()..).filter(|_| begins)?.trim_start().strip_prefix('<')?;
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = path.char_indices().find_map(|(at, c)| {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '>' if !is_quoted => return Some(at),
            _ => {}
        }
        None
    })?;
    (end <= MAX_PATH).then(|| (path[..end].to_owned(), path[end + 1..].trim()))
}

fn is_known_of_mail(parameter: &str) -> bool {
    let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    match key.to_ascii_uppercase().as_str() {
        "SIZE" => !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()),
        "BODY" => value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME"),
        "SMTPUTF8" => value.is_empty(),
        _ => false,
    }
}

fn bdat(rest: &str) -> Command {
    let (octets, last) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_number = !octets.is_empty() && octets.bytes().all(|b| b.is_ascii_digit());
    let is_last = last.trim().eq_ignore_ascii_case("LAST");
    match octets.parse().ok().filter(|_| is_number && (is_last || last.trim().is_empty())) {
        Some(octets) => Command::Bdat { octets, is_last },
        None => Command::Wrong("501 5.5.4 Write BDAT octets, or BDAT octets LAST"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths_and_parameters() {
        for (line, wanted) in [
            ("MAIL FROM:<>", Command::Mail(String::new())),
            ("mail from: <a@b.org> SIZE=100 body=8bitmime SMTPUTF8", Command::Mail("a@b.org".into())),
            ("RCPT TO:<\"a>\\\"b\"@c.org>", Command::Rcpt("\"a>\\\"b\"@c.org".into())),
            ("BDAT 0 last", Command::Bdat { octets: 0, is_last: true }),
            ("BDAT 86", Command::Bdat { octets: 86, is_last: false }),
            ("lhlo relay.example", Command::Lhlo),
        ] {
            assert_eq!(Command::parse(line), wanted, "{line}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        let long = format!("RCPT TO:<{}@b.org>", "a".repeat(MAX_PATH));
        for (line, code) in [
            ("EHLO relay.example", "500"),
            ("LHLO", "501"),
            ("MAIL FROM:a@b.org", "501"),
            ("MAIL FROM:<a@b.org> RET=HDRS", "555"),
            ("MAIL FROM:<a@b.org> BODY=BINARYMIME", "555"),
            ("RCPT TO:<>", "501"),
            ("RCPT TO:<a@b.org> NOTIFY=NEVER", "555"),
            ("RCPT TO:<\"a>", "501"),
            (&long, "501"),
            ("BDAT", "501"),
            ("BDAT -1 LAST", "501"),
            ("BDAT +1", "501"),
            ("BDAT 99999999999999999999", "501"),
            ("BDAT 1 FIRST", "501"),
            ("DATA now", "501"),
            ("STARTTLS", "500"),
            ("", "500"),
        ] {
            let Command::Wrong(answer) = Command::parse(line) else { panic!("{line} was accepted") };
            assert!(answer.starts_with(code), "{line}: {answer}");
        }
    }
}
