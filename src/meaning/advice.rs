//! What an operator can do about a refusal, in a sentence.

use super::{Class, Meaning, Proof, Reason, Status};

impl Meaning {
    /// What to do, where there is anything: by the status first, which names one cause, then by the reason.
    pub fn advice(&self) -> Option<&'static str> {
        if matches!(self.class, Class::Hard | Class::Complaint | Class::Vacation | Class::Unsubscribe | Class::None) {
            return None;
        }
        self.status.and_then(by_status).or_else(|| by_reason(self.reason))
    }
}

/// The codes of RFC 7372, 7505, 8461 and 8689 and of the IANA registry, and those that Gmail, Yahoo and Outlook add.
fn by_status(status: Status) -> Option<&'static str> {
    Some(match (status.subject, status.detail) {
        (1, 7 | 8) => {
            "The sender's address is refused: check that its domain exists, has MX and SPF records, and takes mail."
        }
        (2, 3) | (3, 4) => {
            "The message is too large for the recipient's host: shorten the brief or use smaller pictures."
        }
        (7, 515) => {
            "Outlook wants SPF, DKIM and DMARC from whoever sends much: publish all three for the From domain and sign with it."
        }
        (7, 28) => {
            "The recipient's host gets too much of this mail at once: lower the rate for its domain and look at the complaints."
        }
        (7, 10 | 11) => "The recipient's host wants TLS: turn it on at the relay.",
        (7, 500..=508 | 510..=514 | 516..=749) => {
            "Microsoft refuses the sending address or domain: look it up in its sender support form and ask to be let in."
        }
        _ => return Proof::of_status(status).map(Proof::advice),
    })
}

fn by_reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::AuthFailure => {
            "SPF, DKIM or DMARC failed: check the records of the From and return-path domains, and that the relay signs."
        }
        Reason::RequirePtr => Proof::ReverseName.advice(),
        Reason::Blocked => {
            "The sending address is on a block list: look it up in the list that the reply names, and ask to be taken off."
        }
        Reason::BadReputation => {
            "The sending address or domain has a bad name: send less and to those who read, until complaints fall."
        }
        Reason::SpamDetected => {
            "It was taken for spam: check authentication first, then links and wording, then who complains."
        }
        Reason::VirusDetected => {
            "It was taken for a virus: check where its links lead, and whether a linked site was broken into."
        }
        Reason::PolicyViolation => {
            "A policy of the recipient's host refuses it: read the reply, which often links to what is wanted."
        }
        Reason::SecurityError => "The host refuses this sender: check the relay's login, TLS, and who it may send for.",
        Reason::FailedStartTls => {
            "TLS could not be begun: check the relay's certificate and the versions of TLS that it speaks."
        }
        Reason::NoRelaying => {
            "A host on the way does not take mail for that domain: check the relay's login and where it sends."
        }
        Reason::Rejected => {
            "The sender's address is refused: check that its domain exists, has MX and SPF records, and takes mail."
        }
        Reason::MesgTooBig | Reason::ExceedLimit => {
            "The message is too large for the recipient's host: shorten the brief or use smaller pictures."
        }
        Reason::ContentError | Reason::NotCompliantRfc => {
            "The form of the message is refused: see what the reply names, and what the relay changes in messages."
        }
        Reason::SyntaxError => "The SMTP dialog went wrong: check the relay, and proxies or scanners in front of it.",
        Reason::Speeding | Reason::TooManyConn => {
            "The recipient's host gets too much at once: lower the rate and the connections for its domain."
        }
        Reason::SystemFull | Reason::SystemError | Reason::NetworkError | Reason::Expired => {
            "The recipient's host is in trouble or cannot be reached: nothing to do here unless many domains say so."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::of_reply;

    fn advice(code: u16, enhanced: &str, text: &str) -> &'static str {
        of_reply(code, enhanced, text, None).advice().unwrap_or_default()
    }

    #[test]
    fn names_one_cause_where_the_status_does() {
        assert!(
            advice(550, "5.7.27", "This mail has been blocked because the sender is unauthenticated")
                .starts_with("SPF failed")
        );
        assert!(
            advice(550, "5.7.26", "Unauthenticated email is not accepted")
                .starts_with("The message is not authenticated")
        );
        assert!(advice(550, "5.7.30", "DKIM = did not pass").starts_with("DKIM failed"));
        assert!(advice(550, "5.7.25", "The IP address does not have a PTR record").contains("PTR"));
        assert!(
            advice(550, "5.7.515", "Access denied, sending domain does not meet the requirements")
                .starts_with("Outlook")
        );
        assert!(advice(550, "5.7.1", "Service unavailable; client host blocked using Spamhaus").contains("block list"));
        assert!(advice(552, "5.2.3", "Message exceeds the limit").contains("too large"));
    }

    #[test]
    fn there_is_none_for_an_address_that_does_not_exist_or_is_full() {
        assert_eq!(advice(550, "5.1.1", "User unknown"), "");
        assert_eq!(advice(552, "5.2.2", "Mailbox full"), "");
    }
}
