use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use crate::config::{Approval, Newsletter};
use crate::publishing::{Drafted, Poll, Press, too_few};
use crate::store::{Edition, EditionState, begin_schedule, scheduled_since};

/// How long before its run the draft of a newsletter is made that an editor approves, or is told of.
const EDITORS_TIME: TimeDelta = TimeDelta::hours(24);

/// A run this late is on time, whatever the grace: the schedule is looked at once a second, and feeds are polled first.
const ON_TIME: TimeDelta = TimeDelta::minutes(1);

/// What a newsletter needs at a moment, as far as its schedule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Its time has come, or was missed within the grace.
    Run(DateTime<Utc>),
    /// It was missed, and too long ago to be made up.
    Miss(DateTime<Utc>),
    /// The editor needs a draft for the run to come.
    PrepareDraft(DateTime<Utc>),
}

/// The steps due at `now`. Runs before `since`, when the schedule began to be kept, were never missed.
fn steps(newsletter: &Newsletter, since: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Step> {
    let zone = newsletter.timezone.zone();
    let latest = newsletter.schedule.previous_before(now, zone).filter(|slot| *slot >= since);
    let mut steps: Vec<Step> = latest
        .map(|slot| if now - slot <= grace(newsletter) { Step::Run(slot) } else { Step::Miss(slot) })
        .into_iter()
        .collect();
    if newsletter.approval == Approval::Editor || !newsletter.editors.is_empty() {
        let next = newsletter.schedule.next_after(now, zone).filter(|slot| *slot - now <= EDITORS_TIME);
        steps.extend(next.map(Step::PrepareDraft));
    }
    steps
}

fn grace(newsletter: &Newsletter) -> TimeDelta {
    newsletter.grace.delta().max(ON_TIME)
}

/// Does what the schedule asks for now: makes drafts, releases editions whose time has come, says what is skipped.
///
/// Safe to call as often as one likes, and after a kill at any place: a run belongs to one edition.
pub async fn keep_schedule(press: &Press) -> Result<()> {
    press.blocking(release_approved).await?;
    for newsletter in &press.config().newsletters {
        if let Err(error) = keep_newsletter(press, newsletter).await {
            warn!(newsletter = %newsletter.id, error = format!("{error:#}"), "its schedule was not kept; trying again");
        }
    }
    Ok(())
}

async fn keep_newsletter(press: &Press, newsletter: &Newsletter) -> Result<()> {
    let mut taken = Vec::new();
    loop {
        // Looked for anew after each: the draft of a run that was late keeps that of the next one waiting.
        let id = newsletter.id.clone();
        let due = press.blocking(move |press| due_steps(press, id.as_str())).await?;
        let Some(step) = due.into_iter().find(|step| !taken.contains(step)) else { return Ok(()) };
        taken.push(step);
        // The stories of the last minutes belong into a draft that is made now.
        if matches!(step, Step::Run(_) | Step::PrepareDraft(_))
            && let Err(error) = press.poll_feeds(Poll::Due).await
        {
            warn!(error = format!("{error:#}"), "the feeds could not be polled; going on with the stories there are");
        }
        let id = newsletter.id.clone();
        press.blocking(move |press| take_step(press, press.newsletter(id.as_str())?, step)).await?;
    }
}

/// The steps that are not taken yet.
fn due_steps(press: &Press, newsletter: &str) -> Result<Vec<Step>> {
    let newsletter = press.newsletter(newsletter)?;
    let id = newsletter.id.as_str();
    let now = press.now();
    let Some(since) = press.store().read(|db| scheduled_since(db, id))? else {
        press.store().write(|db| begin_schedule(db, id, now))?;
        return Ok(Vec::new());
    };
    let is_taken = |step: &Step| -> Result<bool> {
        let (Step::Run(slot) | Step::Miss(slot) | Step::PrepareDraft(slot)) = *step;
        let known = press.store().read(|db| Edition::for_slot(db, id, slot))?;
        Ok(known.is_some_and(|edition| match (edition.state, newsletter.approval) {
            // Cut short between draft and release; an editor's draft waits for the editor.
            (EditionState::Draft, Approval::Automatic) => matches!(step, Step::PrepareDraft(_)),
            (EditionState::Approved, _) => matches!(step, Step::PrepareDraft(_)),
            _ => true,
        }))
    };
    // The draft of the next run would take this one's away from an editor who is late.
    let unfinished = press.store().read(|db| Edition::unfinished(db, id))?;
    let is_editor_late = unfinished.is_some_and(|edition| {
        let run = edition.slot_at.filter(|run| *run <= now && now - *run <= grace(newsletter));
        edition.state == EditionState::Draft && run.is_some()
    });
    let mut open = Vec::new();
    for step in steps(newsletter, since, now) {
        let must_wait = matches!(step, Step::PrepareDraft(_)) && is_editor_late;
        if !must_wait && !is_taken(&step)? {
            open.push(step);
        }
    }
    Ok(open)
}

fn take_step(press: &Press, newsletter: &Newsletter, step: Step) -> Result<()> {
    match step {
        Step::Run(slot) => run(press, newsletter, slot),
        Step::Miss(slot) => miss(press, newsletter, slot),
        Step::PrepareDraft(slot) => match press.edition_for_run(newsletter, slot)? {
            Some(_) => Ok(()),
            None => draft(press, newsletter, slot).map(drop),
        },
    }
}

fn run(press: &Press, newsletter: &Newsletter, slot: DateTime<Utc>) -> Result<()> {
    let edition = match press.edition_for_run(newsletter, slot)? {
        Some(edition) if edition.state != EditionState::Draft || newsletter.approval == Approval::Editor => edition,
        // Made anew, with the latest stories.
        _ => match draft(press, newsletter, slot)? {
            Some(edition) => edition,
            None => return Ok(()),
        },
    };
    match (edition.state, newsletter.approval) {
        // It has a time of its own.
        _ if edition.send_at.is_some_and(|at| at > press.now()) => Ok(()),
        (EditionState::Draft, Approval::Automatic) | (EditionState::Approved, _) => release(press, &edition),
        _ => Ok(()),
    }
}

fn miss(press: &Press, newsletter: &Newsletter, slot: DateTime<Utc>) -> Result<()> {
    let reason = missed(newsletter);
    // Not `edition_for_run`: a draft made by hand is for the next run, and no part of this one.
    let skipped = match press.store().read(|db| Edition::for_slot(db, newsletter.id.as_str(), slot))? {
        None => press.skip_run(newsletter, slot, &reason)?,
        // It was being made when the process ended.
        Some(edition) if edition.state == EditionState::Draft && newsletter.approval == Approval::Automatic => {
            Some(press.skip(&edition, &reason)?)
        }
        Some(_) => None,
    };
    if let Some(edition) = skipped {
        warn!(edition = %edition.name, run = %slot, "skipped: {reason}");
    }
    Ok(())
}

/// Makes the draft of a run; `None` where there were too few stories and the run is skipped.
fn draft(press: &Press, newsletter: &Newsletter, slot: DateTime<Utc>) -> Result<Option<Edition>> {
    match press.draft(newsletter, Some(slot))? {
        Drafted::Ready(edition) => {
            info!(edition = %edition.name, run = %slot, "draft made");
            Ok(Some(edition))
        }
        // There is still time for stories to come.
        Drafted::TooFew { edition, .. } if slot > press.now() => Ok(Some(edition)),
        Drafted::TooFew { edition, found, needed } => {
            let edition = press.skip(&edition, &too_few(found, needed))?;
            warn!(edition = %edition.name, run = %slot, "skipped: {}", edition.reason);
            Ok(None)
        }
    }
}

fn missed(newsletter: &Newsletter) -> String {
    format!("its run was missed by more than the grace of {}", newsletter.grace)
}

/// Lets approved editions go whose time has come. The grace runs from the approval where that came later: the editor has
/// just said so.
fn release_approved(press: &Press) -> Result<()> {
    let now = press.now();
    let approved = press.store().read(|db| Edition::in_state(db, EditionState::Approved))?;
    for edition in approved {
        let Some(time) = edition.goes_out_at().filter(|time| *time <= now) else { continue };
        // Of a newsletter that is no longer configured nothing can be sent.
        let Some(newsletter) = press.config().newsletter(&edition.name.newsletter) else { continue };
        if now - edition.approved_at.unwrap_or(time).max(time) <= grace(newsletter) {
            if let Err(error) = release(press, &edition) {
                warn!(edition = %edition.name, error = format!("{error:#}"), "it was not released; trying again");
            }
        } else {
            let reason = missed(newsletter);
            let from = [EditionState::Approved];
            press.store().write(|db| edition.change_state(db, &from, EditionState::Skipped, &reason, now))?;
            warn!(edition = %edition.name, time = %time, "skipped: {reason}");
        }
    }
    Ok(())
}

fn release(press: &Press, edition: &Edition) -> Result<()> {
    let released = press.release(edition)?;
    info!(edition = %released.name, state = %released.state, "its time has come");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newsletter(lines: &str) -> Newsletter {
        let named = "id = \"weekly-brief\"\nname = \"The Weekly Brief\"\nfrom = \"brief@harmattan.example\"";
        toml::from_str(&format!("{named}\n{lines}")).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn a_missed_run_is_made_up_within_the_grace_and_skipped_after_it() {
        let newsletter = newsletter("schedule = \"0 8 * * FRI\"\ntimezone = \"Africa/Accra\"\ngrace = \"6h\"");
        let since = at("2026-11-01T00:00:00Z");
        let friday = at("2026-11-06T08:00:00Z");
        assert_eq!(steps(&newsletter, since, at("2026-11-06T07:59:59Z")), [], "October's run was before `since`");
        assert_eq!(steps(&newsletter, since, friday), [Step::Run(friday)]);
        assert_eq!(steps(&newsletter, since, at("2026-11-06T14:00:00Z")), [Step::Run(friday)]);
        assert_eq!(steps(&newsletter, since, at("2026-11-06T14:00:01Z")), [Step::Miss(friday)]);
        // Two runs missed are one made up.
        let later = at("2026-11-13T09:00:00Z");
        assert_eq!(steps(&newsletter, since, later), [Step::Run(at("2026-11-13T08:00:00Z"))]);
        assert_eq!(steps(&newsletter, friday + TimeDelta::seconds(1), at("2026-11-06T09:00:00Z")), []);
    }

    #[test]
    fn an_editor_has_a_draft_a_day_ahead() {
        let lines = "schedule = \"0 8 * * FRI\"\ntimezone = \"Africa/Accra\"\napproval = \"editor\"";
        let newsletter = newsletter(lines);
        let since = at("2026-11-05T00:00:00Z");
        let friday = at("2026-11-06T08:00:00Z");
        assert_eq!(steps(&newsletter, since, at("2026-11-05T07:59:59Z")), []);
        assert_eq!(steps(&newsletter, since, at("2026-11-05T08:00:00Z")), [Step::PrepareDraft(friday)]);
    }
}
