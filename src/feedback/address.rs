//! Addresses as they stand in texts: found, and stripped of what surrounds them.

/// RFC 5321 §4.5.3.1.3.
const MAX_ADDRESS: usize = 254;

/// What may stand in a local part; quoted ones are not looked for in running text.
fn is_local(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() || "-._[]".contains(c)
}

/// An address and where it stands: `text[start..end]` is it, with nothing around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub address: &'a str,
    pub start: usize,
    pub end: usize,
}

/// How many are looked for in a line.
const MAX_FOUND: usize = 40;

/// The addresses of a line, in their order.
pub(super) fn find(line: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = line[from..].find('@').map(|at| from + at).filter(|_| found.len() < MAX_FOUND) {
        let before = &line[from..at];
        let quoted = before.ends_with('"').then(|| before[..before.len() - 1].rfind('"')).flatten();
        let start = match quoted {
            Some(quote) => from + quote,
            None => {
                from + before
                    .rfind(|c| !is_local(c))
                    .map_or(0, |end| end + before[end..].chars().next().map_or(1, char::len_utf8))
            }
        };
        let after = &line[at + 1..];
        let end = at + 1 + after.find(|c| !is_domain(c)).unwrap_or(after.len());
        let address = line[start..end].trim_end_matches(['.', '-', '[', ']', '_']);
        // A quotation mark that opens around an address, as in 'user@example.org'.
        let bare = address.trim_start_matches(['\'', '`', '*', '=', '|', '/', '.', '-']);
        // X.400: `…;dda:SMTP=user@example.org`.
        let bare = bare.get(..5).filter(|start| start.eq_ignore_ascii_case("smtp=")).map_or(bare, |_| &bare[5..]);
        if is_address(bare) {
            found.push(Found { address: bare, start, end });
        }
        from = end.max(at + 1);
    }
    found
}

pub(super) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_domain = domain.contains('.') || domain.eq_ignore_ascii_case("localhost") || domain.starts_with('[');
    !local.is_empty()
        && !domain.is_empty()
        && text.len() <= MAX_ADDRESS
        && is_domain
        && !domain.contains("..")
        && !domain.starts_with('.')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()".contains(c))
}

/// The address in a field such as `rfc822; <user@example.org>` (RFC 3464 §2.3.1), as people would write it.
///
/// What is no address is given as it stands, if it is one word: some systems name a local user, or a telephone number.
pub(super) fn of_field(value: &str) -> Option<String> {
    let value = value.split_once(';').map_or(value, |(kind, rest)| if kind.contains('@') { value } else { rest });
    let value = value.trim();
    let inner = value.rsplit_once('<').map_or(value, |(_, rest)| rest.split('>').next().unwrap_or(rest));
    let inner = inner.trim_matches(['<', '>', '"', '\'', ' ', ',', ';']);
    // Source routes: `@relay,@other:user@example.org` (RFC 5321 §4.1.1.3).
    let inner = if inner.starts_with('@') { inner.rsplit_once(':').map_or(inner, |(_, rest)| rest) } else { inner };
    if let Some(first) = find(inner).first() {
        // X.400 and others write more than an address; what looks like one is taken.
        return Some(first.address.to_owned());
    }
    let word = inner.split_whitespace().next()?;
    (!word.is_empty() && word.len() <= MAX_ADDRESS && !word.chars().any(char::is_control)).then(|| word.to_owned())
}

/// The addresses of a header such as To or From.
pub(super) fn of_header(value: &str) -> impl Iterator<Item = &str> {
    find(value).into_iter().map(|found| found.address)
}

pub(super) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<&str> {
        find(line).into_iter().map(|found| found.address).collect()
    }

    #[test]
    fn finds_addresses_in_lines() {
        assert_eq!(found("<a@example.org>... User unknown"), ["a@example.org"]);
        assert_eq!(found("to 'a.b+c@example.org', b@example.com."), ["a.b+c@example.org", "b@example.com"]);
        assert_eq!(found("\"a b\"@example.org"), [] as [&str; 0], "a space in a local part is not believed");
        assert_eq!(found("メール user@例え.jp へ"), ["user@例え.jp"]);
        assert_eq!(found("@ @@ a@ @b a@b"), [] as [&str; 0]);
        assert_eq!(found("rfc822;a@example.org"), ["a@example.org"]);
    }

    #[test]
    fn takes_what_surrounds_an_address_off() {
        for value in [
            "rfc822; a@example.org",
            "rfc822;<a@example.org>",
            "a@example.org",
            "A User <a@example.org>",
            "<@x,@y:a@example.org>",
        ] {
            assert_eq!(of_field(value).as_deref(), Some("a@example.org"), "{value}");
        }
        assert_eq!(of_field("x-local; joe").as_deref(), Some("joe"));
        assert_eq!(of_field("rfc822;"), None);
    }
}
