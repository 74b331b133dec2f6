use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::config::Clicks;
use crate::store::{EditionId, LinkId};

/// Links remembered: those of some twenty years of a weekly. With more, all are forgotten and read again when asked for.
pub(super) const REMEMBERED: usize = 20_000;

/// Where a link leads, and how it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub link: LinkId,
    pub edition: EditionId,
    /// http or https; printable ASCII.
    pub url: String,
    /// As the newsletter is configured now, whatever it was when the edition was sent.
    pub counts: Clicks,
    /// Links of the edition.
    pub siblings: u64,
}

/// The targets that were asked for.
#[derive(Debug, Default)]
pub(super) struct Targets(RwLock<HashMap<LinkId, Arc<Target>>>);

impl Targets {
    pub fn find(&self, link: LinkId) -> Option<Arc<Target>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&link).cloned()
    }

    pub fn remember(&self, target: Arc<Target>) {
        let mut targets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if targets.len() >= REMEMBERED {
            targets.clear();
        }
        targets.insert(target.link, target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let targets = Targets::default();
        for link in 0..2 * REMEMBERED as i64 + 5 {
            let (link, url) = (LinkId(link), String::new());
            let target = Target { link, edition: EditionId(1), url, counts: Clicks::Aggregate, siblings: 1 };
            targets.remember(Arc::new(target));
            assert!(targets.find(link).is_some());
        }
        assert_eq!(targets.0.read().unwrap().len(), 5);
    }
}
