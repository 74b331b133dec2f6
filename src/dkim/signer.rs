use std::ops::Range;

use chrono::{DateTime, Utc};
use data_encoding::BASE64;

use super::PrivateKey;
use super::body::{self, SharedBody};
use super::header::{self, Field};

/// The fields that are signed where they stand, in the order of `h=`.
const SIGNED: [&str; 22] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Reply-To",
    "Sender",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Subscribe",
    "List-Owner",
    "List-Archive",
    "List-Post",
    "Feedback-ID",
    "CFBL-Address",
    "CFBL-Feedback-ID",
    "Auto-Submitted",
];

/// Those named once more than they stand, so that nobody on the way can add another (RFC 6376 §8.15).
const OVERSIGNED: Range<usize> = 0..5;

/// Characters of a line, without CRLF (F1).
const LINE: usize = 76;

/// A private key, and the name its public half is published under: `SELECTOR._domainkey.DOMAIN`.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// Lower-case A-labels.
    pub domain: String,
    pub selector: String,
    pub key: PrivateKey,
}

/// Signs messages with every key it has: with none it leaves them as they are.
#[derive(Debug, Clone, Default)]
pub struct Signer {
    keys: Vec<SigningKey>,
}

/// The key could not be used. ring does not say why, and it is not known to happen with a key that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the DKIM key could not sign the message; check the file named by key_file in [dkim]")]
pub struct SignError;

impl SigningKey {
    /// Whether a signature with this key counts for mail from `domain`: it is the key's domain, or lies below it
    /// (identifier alignment, RFC 9989).
    pub fn is_aligned_with(&self, domain: &str) -> bool {
        is_aligned(&self.domain, domain)
    }
}

/// Whether `parent` is `domain` or stands above it.
pub fn is_aligned(parent: &str, domain: &str) -> bool {
    domain.strip_suffix(parent).is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

impl Signer {
    pub fn new(keys: Vec<SigningKey>) -> Self {
        Self { keys }
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Puts a DKIM-Signature field for each key before a finished message (CRLF lines, 7-bit): rsa-sha256 or
    /// ed25519-sha256, relaxed/relaxed, the whole body.
    ///
    /// `date` is the message's own, in whole seconds, so that the same message is signed with the same bytes (F3).
    /// `shared` saves the hashing of what the edition's messages begin with.
    pub fn sign(&self, message: &mut Vec<u8>, date: DateTime<Utc>, shared: &SharedBody) -> Result<(), SignError> {
        self.sign_behind(0, message, date, shared).map(drop)
    }

    /// The same for a message that begins behind `room` octets, which the signatures take the place of. Answers how many
    /// the signatures have: with as much room, the message need not be moved.
    pub fn sign_behind(
        &self,
        room: usize,
        message: &mut Vec<u8>,
        date: DateTime<Utc>,
        shared: &SharedBody,
    ) -> Result<usize, SignError> {
        if self.keys.is_empty() {
            message.drain(..room);
            return Ok(0);
        }
        let (fields, body) = header::split(&message[room..]);
        let body_hash = BASE64.encode(body::hash(body, shared).as_ref());
        let signed = SignedHeader::of(&fields);
        let mut signatures = Vec::with_capacity(self.keys.len() * 1024);
        for key in &self.keys {
            key.write_signature(&signed, &body_hash, date, &mut signatures)?;
        }
        if signatures.len() == room {
            message[..room].copy_from_slice(&signatures);
        } else {
            message.splice(..room, signatures.iter().copied());
        }
        Ok(signatures.len())
    }
}

/// What the keys have in common.
struct SignedHeader {
    /// The value of `h=`, folded.
    names: String,
    /// The canonical fields in that order.
    canonical: Vec<u8>,
}

impl SignedHeader {
    fn of(fields: &[Field<'_>]) -> Self {
        let mut names = Folded::default();
        let mut canonical = Vec::with_capacity(2048);
        for (index, name) in SIGNED.into_iter().enumerate() {
            // Where a field stands several times, verifiers count from the last one up (RFC 6376 §5.4.2).
            for field in fields.iter().rev().filter(|field| field.is_called(name)) {
                field.write_canonical(&mut canonical);
                names.push(name);
            }
            if OVERSIGNED.contains(&index) {
                names.push(name);
            }
        }
        Self { names: names.text, canonical }
    }
}

/// A list with colons in lines that are not too long.
#[derive(Default)]
struct Folded {
    text: String,
    column: usize,
}

impl Folded {
    fn push(&mut self, name: &str) {
        if self.text.is_empty() {
            self.column = " h=".len();
        } else {
            self.text.push(':');
            self.column += 1;
        }
        // The colon or semicolon that follows must fit too.
        if self.column + name.len() + 1 > LINE {
            self.text.push_str("\r\n ");
            self.column = 1;
        }
        self.text.push_str(name);
        self.column += name.len();
    }
}

impl SigningKey {
    fn write_signature(
        &self,
        signed: &SignedHeader,
        body_hash: &str,
        date: DateTime<Utc>,
        out: &mut Vec<u8>,
    ) -> Result<(), SignError> {
        let value = format!(
            "v=1; a={}; c=relaxed/relaxed;\r\n d={};\r\n s={}; t={};\r\n bh={body_hash};\r\n h={};\r\n b=",
            self.key.algorithm(),
            self.domain,
            self.selector,
            date.timestamp(),
            signed.names,
        );
        let mut data = Vec::with_capacity(signed.canonical.len() + value.len() + 16);
        data.extend_from_slice(&signed.canonical);
        // The field itself comes last, without a signature yet and without its CRLF (RFC 6376 §3.7).
        data.extend_from_slice(b"dkim-signature:");
        header::write_canonical_value(value.as_bytes(), &mut data);
        let signature = BASE64.encode(&self.key.sign(&data)?);

        out.extend_from_slice(b"DKIM-Signature: ");
        out.extend_from_slice(value.as_bytes());
        for (number, line) in signature.as_bytes().chunks(LINE - " b=".len()).enumerate() {
            if number > 0 {
                out.extend_from_slice(b"\r\n ");
            }
            out.extend_from_slice(line);
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_aligned_with_itself_and_what_lies_below_it() {
        assert!(is_aligned("example.org", "example.org"));
        assert!(is_aligned("example.org", "news.example.org"));
        assert!(!is_aligned("example.org", "badexample.org"));
        assert!(!is_aligned("news.example.org", "example.org"));
        assert!(!is_aligned("example.org", "example.com"));
    }

    #[test]
    fn without_a_key_a_message_stays_as_it_is() {
        let mut message = b"From: a@example.org\r\n\r\nx\r\n".to_vec();
        Signer::default().sign(&mut message, DateTime::UNIX_EPOCH, &SharedBody::default()).unwrap();
        assert_eq!(message, b"From: a@example.org\r\n\r\nx\r\n");
    }

    #[test]
    fn names_what_stands_in_the_message_and_oversigns_five() {
        let (fields, _) = header::split(b"Subject: b\r\nX: y\r\nFROM: a\r\nsubject: c\r\nList-Post: NO\r\n\r\n");
        let signed = SignedHeader::of(&fields);
        assert_eq!(signed.names, "From:From:To:Subject:Subject:Subject:Date:Reply-To:List-Post");
        assert_eq!(
            String::from_utf8(signed.canonical).unwrap(),
            "from:a\r\nsubject:c\r\nsubject:b\r\nlist-post:NO\r\n"
        );
    }

    #[test]
    fn f1_the_list_of_names_is_folded() {
        let mut names = Folded::default();
        SIGNED.into_iter().for_each(|name| names.push(name));
        let lines: Vec<String> = format!(" h={};", names.text).split("\r\n").map(str::to_owned).collect();
        assert!(lines.len() > 3 && lines.iter().all(|line| line.len() <= LINE && line.starts_with(' ')), "{lines:#?}");
        assert_eq!(names.text.replace("\r\n ", ""), SIGNED.join(":"));
    }
}
