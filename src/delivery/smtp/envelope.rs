use std::fmt::Write;

use super::session::Offers;
use crate::delivery::Outgoing;

/// Appends the MAIL command.
///
/// S9: the size is declared where the relay asks for it. S12: where it offers DSN, what bounces brings the header back
/// alone, and names our id for the delivery.
pub(super) fn write_mail(message: &Outgoing, offers: &Offers, out: &mut String) {
    out.push_str("MAIL FROM:<");
    out.push_str(message.sender.as_str());
    out.push('>');
    if offers.declares_size {
        // Writing to a string can't fail.
        let _ = write!(out, " SIZE={}", message.bytes.len());
    }
    if offers.dsn {
        out.push_str(" RET=HDRS");
        if !message.envelope_id.is_empty() {
            out.push_str(" ENVID=");
            write_xtext(&message.envelope_id, out);
        }
    }
    out.push_str("\r\n");
}

/// Appends the RCPT command. S12: only a failure is to be told, and for which address we wrote.
pub(super) fn write_rcpt(message: &Outgoing, offers: &Offers, out: &mut String) {
    out.push_str("RCPT TO:<");
    out.push_str(message.recipient.as_str());
    out.push('>');
    if offers.dsn {
        out.push_str(" NOTIFY=FAILURE ORCPT=rfc822;");
        write_xtext(message.recipient.as_str(), out);
    }
    out.push_str("\r\n");
}

/// RFC 3461 §4: printable ASCII, with `+` and `=` as hexadecimal digits behind a `+`.
fn write_xtext(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'+' && byte != b'=' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "+{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::address::EmailAddress;

    fn message(recipient: &str) -> Outgoing {
        Outgoing {
            sender: EmailAddress::parse("brief@harmattan.example").unwrap(),
            recipient: EmailAddress::parse(recipient).unwrap(),
            envelope_id: "b.1.2.abc".into(),
            bytes: b"x".repeat(107),
        }
    }

    fn lines(recipient: &str, offers: &Offers) -> String {
        let mut out = String::new();
        write_mail(&message(recipient), offers, &mut out);
        write_rcpt(&message(recipient), offers, &mut out);
        out
    }

    #[test]
    fn s12_says_what_was_asked_for_and_no_more() {
        assert_eq!(
            lines("ada@example.org", &Offers::default()),
            "MAIL FROM:<brief@harmattan.example>\r\nRCPT TO:<ada@example.org>\r\n"
        );
        assert_eq!(
            lines("ada+a=b@example.org", &Offers::parse(["relay", "DSN", "SIZE"].map(Cow::Borrowed).into_iter())),
            "MAIL FROM:<brief@harmattan.example> SIZE=107 RET=HDRS ENVID=b.1.2.abc\r\n\
             RCPT TO:<ada+a=b@example.org> NOTIFY=FAILURE ORCPT=rfc822;ada+2Ba+3Db@example.org\r\n"
        );
    }
}
