use crate::config::Config;

/// The domains that messages bear, as receivers see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    /// Of From, which readers see and DMARC starts from.
    pub from: String,
    /// Of MAIL FROM, which SPF is looked up at and bounces go to.
    pub mail_from: String,
    /// Of Reply-To.
    pub reply_to: String,
}

impl Sender {
    /// Each different one among the newsletters, in their order.
    pub fn all(config: &Config) -> Vec<Self> {
        let mut senders = Vec::new();
        for newsletter in &config.newsletters {
            let from = newsletter.from.address.domain();
            let envelope = newsletter.sender.as_ref().unwrap_or(&newsletter.from).address.domain();
            let answers = newsletter.reply_to.as_ref().unwrap_or(&newsletter.from).address.domain();
            let sender = Self {
                from: from.to_owned(),
                mail_from: config.bounces.domain.clone().unwrap_or_else(|| envelope.to_owned()),
                reply_to: answers.to_owned(),
            };
            if !senders.contains(&sender) {
                senders.push(sender);
            }
        }
        senders
    }
}

/// Each once, in the order of their first.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}
