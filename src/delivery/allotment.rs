use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::draws::{Draw, Drew};
use crate::store::{Budget, Drawn, Grant};

/// So long a message that might have gone may go later. At rates of less than one in that time: until the next may.
const KEPT: Duration = Duration::from_secs(1);
/// How long it is at least, where nothing is in hand, until it is looked again whether there is.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// So many times what went since the last draw is drawn next. More is drawn when half of that one is left, so twice would
/// keep to what there was; this lets a node that needs more come to it in a few draws.
const GROWTH: u32 = 4;

/// What a node has drawn of a rate that all nodes keep to together, and may send.
///
/// Invariant: in no time more may go than the rate allows and [`KEPT`] of it, over all nodes: each message has its moment,
/// no two have the same, and what is not sent soon after it lapses.
#[derive(Debug)]
pub(super) struct Allotment {
    budget: Budget,
    /// One behind the other.
    grants: VecDeque<Moments>,
    /// Messages that were granted last, and those that went since.
    granted: u32,
    spent: u32,
    request: Request,
    /// Nothing is granted before.
    not_before: Instant,
}

/// When messages may go: the next one then, and each other an interval later.
#[derive(Clone, Copy, Debug)]
struct Moments {
    next_at: Instant,
    left: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// There is enough, or nobody asks for more.
    None,
    /// A message waits, and finds too little.
    Due,
    /// A transaction that draws is under way.
    Made,
}

impl Allotment {
    /// Nothing yet.
    pub(super) fn new(budget: Budget, now: Instant) -> Self {
        Self { budget, grants: VecDeque::new(), granted: 0, spent: 0, request: Request::None, not_before: now }
    }

    /// The rate's name.
    pub(super) fn name(&self) -> &str {
        self.budget.name()
    }

    /// Whether one may go now. Where none may, and little is left, more is asked for.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        self.let_lapse(now);
        if self.grants.front().is_some_and(|moments| moments.next_at <= now) {
            return true;
        }
        let left: u32 = self.grants.iter().map(|moments| moments.left).sum();
        if self.request == Request::None && left * 2 < self.granted.max(1) && now >= self.not_before {
            self.request = Request::Due;
        }
        false
    }

    pub(super) fn spend(&mut self) {
        self.spent = self.spent.saturating_add(1);
        self.skip(1);
    }

    /// When one more may go, as far as that is known.
    pub(super) fn next_at(&self, now: Instant) -> Instant {
        match self.grants.front() {
            Some(moments) => moments.next_at,
            None => self.not_before.max(now + LOOK_AGAIN),
        }
    }

    /// Nothing is in hand, and more is to be drawn: the sooner, the better.
    pub(super) fn is_urgent(&self) -> bool {
        self.request == Request::Due && self.grants.is_empty()
    }

    /// What is to be drawn, if anything: half a second's worth, or less where little goes. `per_second`: what this node may
    /// send at the moment. Whoever asks tells what came of it ([`Allotment::drew`]).
    pub(super) fn draw(&mut self, per_second: f64) -> Option<Draw> {
        if self.request != Request::Due {
            return None;
        }
        self.request = Request::Made;
        let most = ((per_second / 2.0).round() as u32).max(1);
        let messages = self.spent.saturating_mul(GROWTH).clamp(1, most);
        Some(Draw { budget: self.budget.clone(), messages })
    }

    /// What came of it; `None` where nothing was drawn, or the transaction did not come about.
    pub(super) fn drew(&mut self, drew: Option<&Drew>) {
        if self.request == Request::Made {
            self.request = Request::None;
        }
        let Some(drew) = drew else { return };
        match drew.drawn {
            Drawn::Granted(Grant { messages, begins_in }) => {
                self.grants.push_back(Moments { next_at: drew.at + begins_in, left: messages });
                (self.granted, self.spent) = (messages, 0);
            }
            Drawn::NotWithin(time) => self.not_before = drew.at + time.max(LOOK_AGAIN),
        }
    }

    fn let_lapse(&mut self, now: Instant) {
        let interval = self.budget.interval();
        let kept = KEPT.max(interval);
        while let Some(moments) = self.grants.front() {
            let Some(over) = now.checked_duration_since(moments.next_at + kept).filter(|over| !over.is_zero()) else {
                break;
            };
            let lapsed = (over.as_secs_f64() / interval.as_secs_f64()).ceil().max(1.0) as u32;
            self.skip(lapsed);
        }
    }

    /// So many of the first grant are gone.
    fn skip(&mut self, messages: u32) {
        let interval = self.budget.interval();
        let Some(moments) = self.grants.front_mut() else { return };
        let gone = messages.min(moments.left);
        moments.next_at += interval * gone;
        moments.left -= gone;
        if moments.left == 0 {
            self.grants.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::config::Rate;
    use crate::delivery::pace::Pace;

    /// What the database knows of a rate, by a clock that can be paused.
    struct Till {
        drawn_to: Instant,
    }

    impl Till {
        fn draw(&mut self, Draw { budget, messages }: Draw, now: Instant) -> Drew {
            let ahead = self.drawn_to.saturating_duration_since(now);
            let drawn = match ahead.checked_sub(Duration::from_secs(1)).filter(|over| !over.is_zero()) {
                Some(over) => Drawn::NotWithin(over),
                None => {
                    self.drawn_to = self.drawn_to.max(now) + budget.interval() * messages;
                    Drawn::Granted(Grant { messages, begins_in: ahead })
                }
            };
            Drew { budget, drawn, at: now }
        }
    }

    /// Messages that come to a node each millisecond which has more than can go.
    const BUSY: usize = 100;

    /// Nodes that share one rate.
    struct Nodes {
        paces: [Pace; 3],
        till: Till,
        /// When each message went, and from which node.
        sent: Vec<(Instant, usize)>,
        draws: usize,
    }

    impl Nodes {
        fn new(messages: u32, per: u64) -> Self {
            let (now, messages) = (Instant::now(), NonZeroU32::new(messages).unwrap());
            let pace = || {
                let mut pace = Pace::new(Some(Rate { messages, per: Duration::from_secs(per) }), now);
                pace.share("all", now);
                pace
            };
            Self { paces: [pace(), pace(), pace()], till: Till { drawn_to: now }, sent: Vec::new(), draws: 0 }
        }

        /// For so many milliseconds; `arrivals` says how many messages come to a node at one of them. A node's ledger goes
        /// round every twenty milliseconds. Answers how many each sent.
        async fn run(&mut self, millis: usize, arrivals: impl Fn(usize, usize) -> usize) -> [usize; 3] {
            let (begun, mut waiting) = (self.sent.len(), [0; 3]);
            for at in 0..millis {
                let now = Instant::now();
                for (node, pace) in self.paces.iter_mut().enumerate() {
                    waiting[node] += arrivals(node, at);
                    while waiting[node] > 0 && pace.allows(now) {
                        pace.spend(now);
                        waiting[node] -= 1;
                        self.sent.push((now, node));
                    }
                    if at % 20 == node * 7 {
                        let draws = pace.draw(now).into_iter();
                        let drew: Vec<Drew> = draws.map(|draw| self.till.draw(draw, now)).collect();
                        self.draws += drew.len();
                        pace.drew(&drew);
                    }
                }
                tokio::time::advance(Duration::from_millis(1)).await;
            }
            let of = |node| self.sent[begun..].iter().filter(|(_, by)| *by == node).count();
            [of(0), of(1), of(2)]
        }

        /// The most that went within so long.
        fn most_within(&self, time: Duration) -> usize {
            let within =
                |from: usize| self.sent[from..].iter().take_while(|(at, _)| *at < self.sent[from].0 + time).count();
            (0..self.sent.len()).map(within).max().unwrap_or_default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nodes_keep_to_a_rate_together_and_each_has_a_part() {
        let mut nodes = Nodes::new(50, 1);
        let sent = nodes.run(5_000, |_, _| BUSY).await;
        let all: usize = sent.iter().sum();
        assert!((240..=251).contains(&all), "{sent:?}");
        assert!(sent.iter().all(|sent| *sent > 60), "{sent:?}");
        assert!(nodes.most_within(Duration::from_secs(1)) <= 52);
        // Half a second's worth each, and no transaction for nothing.
        assert!(nodes.draws < 60, "{} draws", nodes.draws);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_has_work_alone_has_the_whole_rate() {
        let mut nodes = Nodes::new(50, 1);
        nodes.run(2_000, |_, _| BUSY).await;
        // What the others have drawn lapses.
        let sent = nodes.run(10_000, |node, _| if node == 1 { BUSY } else { 0 }).await;
        assert!((450..=526).contains(&sent[1]), "{sent:?}");
        let sent = nodes.run(10_000, |node, _| if node == 1 { BUSY } else { 0 }).await;
        assert!((495..=501).contains(&sent[1]), "{sent:?}");
        // The others send a message now and then, and leave the rest.
        let sent = nodes.run(10_000, |node, at| if node == 1 { BUSY } else { usize::from(at % 1_000 == 0) }).await;
        assert!(sent[1] > 400 && sent.iter().sum::<usize>() <= 501, "{sent:?}");
        assert!(nodes.most_within(Duration::from_secs(1)) <= 102);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_hour_makes_no_burst() {
        let mut nodes = Nodes::new(50, 1);
        nodes.run(2_000, |_, _| BUSY).await;
        tokio::time::advance(Duration::from_secs(3600)).await;
        let sent = nodes.run(1_000, |_, _| BUSY).await;
        assert!((40..=51).contains(&sent.iter().sum::<usize>()), "{sent:?}");
        assert!(nodes.most_within(Duration::from_millis(100)) <= 7);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_rates_are_one_after_the_other() {
        let mut nodes = Nodes::new(30, 60);
        let sent = nodes.run(60_000, |_, _| BUSY).await;
        assert!((29..=31).contains(&sent.iter().sum::<usize>()), "{sent:?}");
        assert_eq!(nodes.most_within(Duration::from_millis(1_900)), 1);
        let sent = nodes.run(60_000, |node, _| if node == 2 { BUSY } else { 0 }).await;
        assert!((28..=31).contains(&sent[2]), "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn s3_a_node_that_was_asked_for_less_leaves_the_rest() {
        let mut nodes = Nodes::new(50, 1);
        nodes.run(3_000, |_, _| BUSY).await;
        nodes.paces[0].slow_down(Instant::now());
        let sent = nodes.run(3_000, |_, _| BUSY).await;
        assert!((4..=40).contains(&sent[0]), "{sent:?}");
        assert!((140..=152).contains(&sent.iter().sum::<usize>()), "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_draw_that_did_not_come_about_is_asked_for_again() {
        let mut nodes = Nodes::new(50, 1);
        let (pace, now) = (&mut nodes.paces[0], Instant::now());
        assert!(!pace.allows(now) && pace.is_urgent());
        assert_eq!(pace.draw(now).map(|draw| draw.messages), Some(1));
        // One is under way.
        assert!(!pace.allows(now) && !pace.is_urgent() && pace.draw(now).is_none());
        pace.drew(&[]);
        assert!(!pace.allows(now) && pace.draw(now).is_some());
        assert!(pace.next_at(now) > now + Duration::from_millis(15));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_refused_looks_again_when_there_may_be_more() {
        let mut nodes = Nodes::new(50, 1);
        let now = Instant::now();
        nodes.till.drawn_to = now + Duration::from_millis(1_300);
        let pace = &mut nodes.paces[0];
        assert!(!pace.allows(now));
        let drew = nodes.till.draw(pace.draw(now).unwrap(), now);
        pace.drew(&[drew]);
        assert!(!pace.allows(now) && !pace.is_urgent());
        let next = pace.next_at(now);
        assert_eq!((next - now).as_millis(), 301);
        tokio::time::advance(next - now).await;
        assert!(!pace.allows(next) && pace.is_urgent());
    }
}
