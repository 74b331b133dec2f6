//! Domains that many people have their mailbox at: which one a misspelt domain was meant to be, and which are made to be
//! thrown away.

use strsim::osa_distance;

use super::EmailAddress;

/// Where most people's mailboxes are. A name that is near one of these, and none of them, is most likely a slip.
const PROVIDERS: [&str; 68] = [
    "aol.com",
    "bbox.fr",
    "bluewin.ch",
    "btinternet.com",
    "charter.net",
    "comcast.net",
    "cox.net",
    "email.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.be",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.co.uk",
    "live.com",
    "live.fr",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "mweb.co.za",
    "naver.com",
    "neuf.fr",
    "numericable.fr",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "sfr.fr",
    "sky.com",
    "t-online.de",
    "talktalk.net",
    "verizon.net",
    "virgin.net",
    "wanadoo.fr",
    "web.de",
    "yahoo.ca",
    "yahoo.co.in",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.br",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.it",
    "yandex.ru",
    "ymail.com",
];

/// Well-known makers of addresses that last for minutes.
const DISPOSABLE: [&str; 40] = [
    "10minutemail.com",
    "10minutemail.net",
    "33mail.com",
    "anonaddy.me",
    "burnermail.io",
    "discard.email",
    "dispostable.com",
    "dropmail.me",
    "emailondeck.com",
    "fakeinbox.com",
    "fakemail.net",
    "getairmail.com",
    "getnada.com",
    "grr.la",
    "guerrillamail.biz",
    "guerrillamail.com",
    "guerrillamail.de",
    "guerrillamail.net",
    "guerrillamail.org",
    "inboxkitten.com",
    "jetable.org",
    "mailcatch.com",
    "maildrop.cc",
    "mailinator.com",
    "mailinator.net",
    "mailnesia.com",
    "mailsac.com",
    "mintemail.com",
    "moakt.com",
    "mohmal.com",
    "mytemp.email",
    "sharklasers.com",
    "spamgourmet.com",
    "temp-mail.io",
    "temp-mail.org",
    "tempail.com",
    "tempmail.com",
    "throwawaymail.com",
    "trashmail.com",
    "yopmail.com",
];

impl EmailAddress {
    /// The address that was probably meant, where the domain is one slip away from that of a large provider.
    pub fn respelt(&self) -> Option<Self> {
        let domain = self.domain();
        if self.is_at_large_provider() {
            return None;
        }
        // Short names are all near each other: there a slip must keep the letters, as in "gmx.ed".
        let is_near = |known: &str| match osa_distance(domain, known) {
            1 => known.len() >= 8 || sorted(domain) == sorted(known),
            2 => known.len() >= 10,
            _ => false,
        };
        let meant = PROVIDERS.iter().filter(|known| is_near(known)).min_by_key(|known| osa_distance(domain, known))?;
        Self::parse(&format!("{}@{meant}", self.local_part())).ok()
    }

    pub fn is_at_large_provider(&self) -> bool {
        PROVIDERS.contains(&self.domain())
    }

    /// Whether it is at a domain, or below one, that makes addresses to be thrown away.
    pub fn is_disposable(&self) -> bool {
        DISPOSABLE
            .iter()
            .any(|known| self.domain().strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    }
}

fn sorted(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.sort_unstable();
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respelt(address: &str) -> Option<String> {
        EmailAddress::parse(address).unwrap().respelt().map(|address| address.to_string())
    }

    #[test]
    fn finds_what_was_meant() {
        for (typed, meant) in [
            ("gmial.com", "gmail.com"),
            ("gmail.con", "gmail.com"),
            ("gmal.com", "gmail.com"),
            ("gnail.com", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("hotmial.com", "hotmail.com"),
            ("hotmali.fr", "hotmail.fr"),
            ("outlok.com", "outlook.com"),
            ("yaho.com", "yahoo.com"),
            ("yahooo.fr", "yahoo.fr"),
            ("iclod.com", "icloud.com"),
            ("protonmial.com", "protonmail.com"),
        ] {
            assert_eq!(respelt(&format!("ada@{typed}")).as_deref(), Some(&*format!("ada@{meant}")), "{typed}");
        }
    }

    #[test]
    fn leaves_real_domains_alone() {
        for domain in
            PROVIDERS.into_iter().chain(["example.org", "mail.example.org", "me.org", "web.at", "gmx.co", "sfr.com"])
        {
            assert_eq!(respelt(&format!("ada@{domain}")), None, "{domain}");
        }
    }

    #[test]
    fn knows_what_is_made_to_be_thrown_away() {
        let is_disposable = |address| EmailAddress::parse(address).unwrap().is_disposable();
        assert!(is_disposable("ada@mailinator.com") && is_disposable("ada@x.yopmail.com"));
        assert!(!is_disposable("ada@example.org") && !is_disposable("ada@notmailinator.com"));
    }
}
