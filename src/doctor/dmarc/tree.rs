use super::super::dns::{Dns, Unanswered};
use super::super::tags::Tags;

/// Queries of one walk (RFC 9989 §4.10).
const MOST: usize = 8;

/// What stands at `_dmarc` of a domain and of those above it, from the domain up.
#[derive(Debug)]
pub(super) struct Tree {
    start: String,
    pub steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) struct Step {
    pub domain: String,
    /// The texts that are DMARC records; several count as none.
    pub records: Vec<String>,
}

impl Tree {
    /// Walks from `domain` up until a record says that it has arrived, or no label is left.
    pub async fn walk(dns: &Dns, domain: &str) -> Result<Self, Unanswered> {
        let mut steps = Vec::new();
        for target in targets(domain) {
            let texts = dns.txt(&format!("_dmarc.{target}")).await?;
            let records: Vec<String> = texts.into_iter().filter(|text| is_record(text)).collect();
            let step = Step { domain: target, records };
            let ends = step.psd().is_some_and(|psd| psd == "n" || psd == "y");
            steps.push(step);
            if ends {
                break;
            }
        }
        Ok(Self { start: domain.to_owned(), steps })
    }

    /// The domain that everything under it belongs to (RFC 9989 §4.10.2).
    pub fn organizational(&self) -> &str {
        for step in self.steps.iter().filter(|step| step.record().is_some()) {
            match step.psd().as_deref() {
                Some("n") => return &step.domain,
                Some("y") if step.domain != self.start => return one_below(&self.start, &step.domain),
                _ => {}
            }
        }
        let highest = self.steps.iter().rev().find(|step| step.record().is_some());
        highest.map_or(&self.start, |step| &step.domain)
    }

    /// The record that holds for the domain: its own, else that of its organizational domain, else that of the public suffix
    /// above it (RFC 9989 §4.10.1).
    pub fn policy(&self) -> Option<&Step> {
        let with_record =
            |domain: &str| self.steps.iter().find(|step| step.domain == domain && step.record().is_some());
        let suffix = || self.steps.iter().find(|step| step.psd().as_deref() == Some("y"));
        with_record(&self.start).or_else(|| with_record(self.organizational())).or_else(suffix)
    }
}

impl Step {
    pub fn record(&self) -> Option<&str> {
        match &self.records[..] {
            [record] => Some(record),
            _ => None,
        }
    }

    fn psd(&self) -> Option<String> {
        Tags::parse(self.record()?).ok()?.word("psd")
    }
}

/// Where is asked: the domain, then at most seven labels of it, then one fewer each time.
fn targets(domain: &str) -> Vec<String> {
    let labels: Vec<&str> = domain.split('.').collect();
    let mut targets = vec![domain.to_owned()];
    let mut left = (labels.len() - 1).min(MOST - 1);
    while left > 0 {
        targets.push(labels[labels.len() - left..].join("."));
        left -= 1;
    }
    targets
}

/// `domain` cut to one label more than `suffix`.
fn one_below<'a>(domain: &'a str, suffix: &str) -> &'a str {
    let Some(above) = domain.strip_suffix(suffix).and_then(|rest| rest.strip_suffix('.')) else { return domain };
    let label = above.rsplit('.').next().unwrap_or(above);
    &domain[above.len() - label.len()..]
}

/// The version stands first; what does not begin so is no record (RFC 9989 §4.10).
pub(super) fn is_record(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first
        .split_once('=')
        .is_some_and(|(tag, version)| tag.trim().eq_ignore_ascii_case("v") && version.trim() == "DMARC1")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn walk(domain: &str, zone: &str) -> Tree {
        Tree::walk(&Dns::written(zone), domain).await.unwrap()
    }

    #[test]
    fn asks_eight_times_at_most() {
        let asked = targets("a.b.c.d.e.f.g.h.i.j.mail.example.com");
        let expected = [
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            "g.h.i.j.mail.example.com",
            "h.i.j.mail.example.com",
            "i.j.mail.example.com",
            "j.mail.example.com",
            "mail.example.com",
            "example.com",
            "com",
        ];
        // Seven labels are left after the first question.
        assert_eq!(asked[1].split('.').count(), 7, "{asked:?}");
        assert_eq!(asked.len(), 8);
        assert_eq!(asked[0], expected[0]);
        assert_eq!(asked[2..], expected[2..]);
        assert_eq!(targets("example.com"), ["example.com", "com"]);
        assert_eq!(targets("com"), ["com"]);
    }

    #[tokio::test]
    async fn the_highest_record_is_the_organization() {
        let zone = "_dmarc.example.com TXT v=DMARC1; p=reject
            _dmarc.news.example.com TXT v=DMARC1; p=none";
        let tree = walk("a.news.example.com", zone).await;
        assert_eq!(tree.organizational(), "example.com");
        assert_eq!(tree.policy().unwrap().domain, "example.com");
        let tree = walk("news.example.com", zone).await;
        assert_eq!(
            (tree.organizational(), tree.policy().unwrap().domain.as_str()),
            ("example.com", "news.example.com")
        );
    }

    #[tokio::test]
    async fn psd_says_where_an_organization_ends() {
        let zone = "_dmarc.co.example TXT v=DMARC1; p=none; psd=y
            _dmarc.news.giant.com TXT v=DMARC1; p=none; psd=n
            _dmarc.giant.com TXT v=DMARC1; p=none";
        let tree = walk("a.shop.co.example", zone).await;
        assert_eq!(tree.organizational(), "shop.co.example");
        assert_eq!(tree.policy().unwrap().domain, "co.example");
        assert_eq!(walk("a.news.giant.com", zone).await.organizational(), "news.giant.com");
        // At the domain itself psd=y says nothing of what is above.
        assert_eq!(walk("co.example", zone).await.organizational(), "co.example");
    }

    #[tokio::test]
    async fn without_a_record_everybody_is_an_organization() {
        let tree = walk("a.example.com", "_dmarc.a.example.com TXT some other text").await;
        assert_eq!((tree.organizational(), tree.policy().is_none()), ("a.example.com", true));
        // Several records are none.
        let zone = "_dmarc.example.com TXT v=DMARC1; p=none\n_dmarc.example.com TXT v=DMARC1; p=reject";
        let tree = walk("example.com", zone).await;
        assert!(tree.policy().is_none());
        assert_eq!(tree.steps[0].records.len(), 2);
    }
}
