use super::body::is_white;

/// One header field as it stands in the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'m> {
    name: &'m [u8],
    /// From behind the colon on, folds included, without the last CRLF.
    value: &'m [u8],
}

/// Takes a message apart into its header fields and its body, which is what stands behind the empty line.
pub(super) fn split(message: &[u8]) -> (Vec<Field<'_>>, &[u8]) {
    let mut fields = Vec::with_capacity(32);
    let mut rest = message;
    while !rest.is_empty() {
        if let Some(body) = rest.strip_prefix(b"\r\n") {
            return (fields, body);
        }
        let (field, after) = rest.split_at(field_len(rest));
        let field = field.strip_suffix(b"\r\n").unwrap_or(field);
        if let Some(colon) = field.iter().position(|byte| *byte == b':') {
            fields.push(Field { name: field[..colon].trim_ascii_end(), value: &field[colon + 1..] });
        }
        rest = after;
    }
    (fields, rest)
}

/// Bytes up to the CRLF that no white space follows, with it.
fn field_len(rest: &[u8]) -> usize {
    let mut end = 0;
    loop {
        match rest[end..].windows(2).position(|pair| pair == b"\r\n") {
            None => return rest.len(),
            Some(at) => end += at + 2,
        }
        if !rest.get(end).is_some_and(|byte| is_white(*byte)) {
            return end;
        }
    }
}

impl Field<'_> {
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Appends the relaxed canonical form (RFC 6376 §3.4.2), with its CRLF.
    pub(super) fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend(self.name.iter().map(u8::to_ascii_lowercase));
        out.push(b':');
        write_canonical_value(self.value, out);
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends a value unfolded, with one space for every run of white space inside and none around it.
pub(super) fn write_canonical_value(value: &[u8], out: &mut Vec<u8>) {
    let mut words = value.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).filter(|word| !word.is_empty());
    out.extend_from_slice(words.next().unwrap_or_default());
    for word in words {
        out.push(b' ');
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(message: &str) -> (String, String) {
        let (fields, body) = split(message.as_bytes());
        let mut out = Vec::new();
        fields.iter().for_each(|field| field.write_canonical(&mut out));
        (String::from_utf8(out).unwrap(), String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn the_header_of_rfc_6376_3_4_5_comes_out_as_shown_there() {
        let (header, body) = canonical("A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\n");
        assert_eq!((header.as_str(), body.as_str()), ("a:X\r\nb:Y Z\r\n", " C \r\n"));
    }

    #[test]
    fn a_message_may_lack_a_body_a_value_or_a_header() {
        assert_eq!(canonical("A:\r\n"), ("a:\r\n".into(), String::new()));
        assert_eq!(canonical("A: b"), ("a:b\r\n".into(), String::new()));
        assert_eq!(canonical("\r\nbody"), (String::new(), "body".into()));
        assert_eq!(canonical(""), (String::new(), String::new()));
    }
}
