use data_encoding::BASE32_NOPAD;

use super::Keys;

/// Octets of the MAC: 80 bits, because a local part has 64 octets and no more (RFC 5321 §4.5.3.1.1).
const MAC: usize = 10;

/// What such a text is for. The mark is what people see; the label keeps the MACs apart from each other and all others.
struct Use {
    mark: &'static str,
    label: &'static str,
}

const VERP: Use = Use { mark: "b", label: "griot verp" };
const UNSUBSCRIBE: Use = Use { mark: "u", label: "griot mail unsubscribe" };

impl Keys {
    /// The local part of the address that a delivery's bounces come back to: `b.EDITION.SUBSCRIBER.MAC`. It is the
    /// delivery's envelope id as well (RFC 3461 §4.4).
    ///
    /// Lower-case base32, because some hosts fold the case of an address on its way back. At most 59 octets.
    pub fn verp_local(&self, edition: i64, subscriber: i64) -> String {
        self.seal(&VERP, edition, subscriber)
    }

    /// The edition and subscriber that [`Keys::verp_local`] was made for, in whatever case it came back; `None` if it
    /// was not made here.
    pub fn read_verp(&self, local: &str) -> Option<(i64, i64)> {
        self.open(&VERP, local)
    }

    /// What a mail must be addressed to, or bear in its subject, to end the subscription that an edition went to:
    /// `u.EDITION.SUBSCRIBER.MAC`. It fits a local part, as [`Keys::verp_local`] does.
    pub fn unsubscribe_local(&self, edition: i64, subscriber: i64) -> String {
        self.seal(&UNSUBSCRIBE, edition, subscriber)
    }

    /// The edition and subscriber that [`Keys::unsubscribe_local`] was made for; `None` if it was not made here.
    pub fn read_unsubscribe(&self, text: &str) -> Option<(i64, i64)> {
        self.open(&UNSUBSCRIBE, text)
    }

    fn seal(&self, Use { mark, label }: &Use, edition: i64, subscriber: i64) -> String {
        let mut mac = BASE32_NOPAD.encode(&self.mac(label, &message(edition, subscriber))[..MAC]);
        mac.make_ascii_lowercase();
        format!("{mark}.{edition}.{subscriber}.{mac}")
    }

    fn open(&self, wanted: &Use, text: &str) -> Option<(i64, i64)> {
        let mut parts = text.split('.');
        let [mark, edition, subscriber, mac] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        if parts.next().is_some() || !mark.eq_ignore_ascii_case(wanted.mark) {
            return None;
        }
        let (edition, subscriber) = (edition.parse().ok()?, subscriber.parse().ok()?);
        let mac = BASE32_NOPAD.decode(mac.to_ascii_uppercase().as_bytes()).ok()?;
        (mac.len() == MAC && self.verify_mac(wanted.label, &message(edition, subscriber), &mac))
            .then_some((edition, subscriber))
    }
}

fn message(edition: i64, subscriber: i64) -> [u8; 16] {
    let mut message = [0; 16];
    message[..8].copy_from_slice(&edition.to_be_bytes());
    message[8..].copy_from_slice(&subscriber.to_be_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;

    fn keys(byte: u8) -> Keys {
        Keys::new(Secret { id: 1, bytes: &[byte; 32] }, []).unwrap()
    }

    #[test]
    fn comes_back_as_it_left_whatever_became_of_its_case() {
        let local = keys(5).verp_local(12, 4_711);
        assert!(local.starts_with("b.12.4711.") && local.len() == 26, "{local}");
        assert_eq!(keys(5).read_verp(&local), Some((12, 4_711)));
        assert_eq!(keys(5).read_verp(&local.to_ascii_uppercase()), Some((12, 4_711)));
        let longest = keys(5).verp_local(i64::MAX, i64::MAX);
        assert!(longest.len() <= 64, "{longest}");
        assert!(crate::address::EmailAddress::parse(&format!("{longest}@bounce.example.org")).is_ok());
    }

    #[test]
    fn cannot_be_made_up_or_bent() {
        let local = keys(5).verp_local(12, 4_711);
        assert_eq!(keys(6).read_verp(&local), None);
        assert_eq!(keys(5).read_verp(&local.replace("4711", "4712")), None);
        assert_eq!(keys(5).read_verp(&local[..local.len() - 2]), None, "a shorter MAC is easier to guess");
        for other in ["", "b", "b.12.4711", "editors", &format!("{local}.x"), &format!("c{}", &local[1..])] {
            assert_eq!(keys(5).read_verp(other), None, "{other:?}");
        }
    }
    #[test]
    fn an_address_for_bounces_ends_no_subscription_and_the_other_way_round() {
        let (bounces, unsubscribe) = (keys(5).verp_local(12, 4_711), keys(5).unsubscribe_local(12, 4_711));
        assert_eq!(keys(5).read_unsubscribe(&unsubscribe.to_ascii_uppercase()), Some((12, 4_711)));
        assert_eq!(keys(5).read_verp(&unsubscribe), None);
        assert_eq!(keys(5).read_unsubscribe(&bounces), None);
        assert_eq!(keys(5).read_unsubscribe(&format!("u{}", &bounces[1..])), None, "another mark, the same MAC");
        assert_eq!(keys(6).read_unsubscribe(&unsubscribe), None);
    }
}
