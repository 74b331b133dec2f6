//! The review list: what an operator makes of a mail that griot would not act on by itself.

use anyhow::{Context, Result};

use super::Press;
use super::intake::Acted;
use crate::meaning::Action;
use crate::store::{Db, Feedback, Review, Source};

/// What became of a mail on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reviewed {
    /// This was done; the mail is off the list.
    Done(Vec<Action>),
    /// It is not understood today either, and stays.
    NotUnderstood,
    /// It is about nobody who subscribed, and stays.
    Nobody,
}

impl Press {
    /// Acts on what a mail on the list says, because an operator vouches for it. `None` where there is no such mail.
    pub fn accept_review(&self, id: i64) -> Result<Option<Reviewed>> {
        self.review(id, true)
    }

    /// Reads every mail on the list again, as after an upgrade, and acts on what is shown to be about a message of ours.
    /// Answers how many are off the list now.
    pub fn review_again(&self) -> Result<u64> {
        let (mut after, mut done) = (0, 0);
        loop {
            let page = self.store().read(|db| Review::page(db, after, 100))?;
            let Some(last) = page.last() else { return Ok(done) };
            after = last.id;
            for review in &page {
                done += u64::from(matches!(self.review(review.id, false)?, Some(Reviewed::Done(_))));
            }
        }
    }

    fn review(&self, id: i64, is_vouched: bool) -> Result<Option<Reviewed>> {
        let Some((review, mail)) = self.store().read(|db| Review::find(db, id))? else { return Ok(None) };
        let mut feedback = self.read_mail(&mail);
        if feedback.is_empty() {
            return Ok(Some(Reviewed::NotUnderstood));
        }
        feedback.iter_mut().for_each(|one| one.is_vouched |= is_vouched);
        self.store().write(|db| self.act_on(db, &review, &feedback)).map(Some)
    }

    fn act_on(&self, db: &Db, review: &Review, feedback: &[Feedback]) -> Result<Reviewed> {
        let Acted { mut actions, ignored, .. } = self.act(db, feedback, Source::Command)?;
        actions.extend(std::iter::repeat_n(Action::Ignore, ignored));
        if actions.is_empty() {
            return Ok(Reviewed::Nobody);
        }
        Review::remove(db, review.id).context("taking a mail off the review list")?;
        Ok(Reviewed::Done(actions))
    }
}
