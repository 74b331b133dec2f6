use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use super::certificate::Certificates;
use super::complaints::complaints;
use super::late::late_editions;
use super::letter;
use super::machine::{RelayWatch, disk_low};
use super::problems::{Problem, problems};
use super::register::{Change, changes, is_letter_due};
use super::{Kind, Severity};
use crate::publishing::{OperatorLetter, Press};
use crate::store::{Alert, Db};
use crate::webhooks::{AlertEvent, queue_alert};

/// What must have lasted for some minutes before anybody is called: relays that are busy stand still for a moment.
const LASTS: TimeDelta = TimeDelta::minutes(5);

/// Looks whether something is wrong, and tells who is to be told.
#[derive(Debug)]
pub struct Watchman {
    press: Press,
    relays: RelayWatch,
    certificates: Certificates,
    /// A letter could not be sent, and the log says so once.
    is_mute: bool,
}

impl Watchman {
    pub fn new(press: Press) -> Self {
        Self { press, relays: RelayWatch::default(), certificates: Certificates::default(), is_mute: false }
    }

    /// One look: what is found is written down, with the webhook's calls, and then told by letter.
    pub async fn go_round(&mut self) -> Result<()> {
        self.certificates.look(&self.press).await;
        let known = self.press.blocking(|press| press.store().read(Alert::all)).await?;
        let mut found = self.of_process(&known);
        found.extend(self.press.blocking(|press| press.store().read(|db| of_rows(db, press))).await?);
        self.press.blocking(move |press| write_down(press, &found)).await?;
        self.write_letters().await
    }

    fn of_process(&mut self, known: &[Alert]) -> Vec<Problem> {
        let (press, now) = (&self.press, self.press.now());
        let disk = press.store().disk();
        let mut found: Vec<Problem> =
            disk.and_then(|disk| disk_low(disk, press.config().alerts.disk)).into_iter().collect();
        if let Some(meter) = press.vitals().meter() {
            let relays = meter.figures().relays;
            found.extend(self.relays.look(&relays, known, now));
            found.extend(self.certificates.of_relays(&relays, press));
        }
        found.extend(self.certificates.of_web(press));
        found
    }

    /// What could not be told now is told at the next round.
    async fn write_letters(&mut self) -> Result<()> {
        let now = self.press.now();
        let alerts = self.press.blocking(|press| press.store().read(Alert::all)).await?;
        let publisher = self.press.config().publisher.name.to_string();
        let (over, mut due): (Vec<Alert>, Vec<Alert>) =
            alerts.into_iter().partition(|alert| alert.cleared_at.is_some());
        due.retain(|alert| !self.press.config().alerts.to.is_empty() && is_letter_due(alert, now));
        due.sort_by_key(|alert| alert.severity != Severity::Urgent.as_str());
        if !due.is_empty() && self.deliver(&letter::raised(&due, &publisher)).await {
            let told =
                due.into_iter().map(|alert| Alert { mailed_at: Some(now), mailed_as: alert.severity.clone(), ..alert });
            let told: Vec<Alert> = told.collect();
            self.press
                .blocking(move |press| press.store().write(|db| told.iter().try_for_each(|one| one.save(db))))
                .await?;
        }
        // Of what nobody was told the beginning, nobody is told the end.
        let told: Vec<Alert> = over.iter().filter(|alert| alert.mailed_at.is_some()).cloned().collect();
        if !over.is_empty() && (told.is_empty() || self.deliver(&letter::cleared(&told, &publisher, now)).await) {
            self.press
                .blocking(move |press| press.store().write(|db| over.iter().try_for_each(|one| one.forget(db))))
                .await?;
        }
        Ok(())
    }

    /// Whether somebody has it.
    async fn deliver(&mut self, letter: &OperatorLetter) -> bool {
        let (to, now) = (&self.press.config().alerts.to, self.press.now());
        let mut is_told = false;
        for operator in to {
            match self.press.write_to_operator(operator, letter, now).await {
                Ok(()) => {
                    info!(to = %operator.masked(), "an operator was written to");
                    is_told = true;
                }
                Err(error) if self.is_mute => {
                    tracing::debug!(error = format!("{error:#}"), to = %operator.masked(), "still no letter to an operator");
                }
                Err(error) => {
                    let to = operator.masked();
                    warn!(error = format!("{error:#}"), %to, "an operator could not be written to; trying again");
                }
            }
        }
        self.is_mute = !is_told;
        is_told
    }
}

/// What is wrong by the rows, as far as somebody is to be called for it.
fn of_rows(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let now = press.now();
    let has_lasted = |problem: &Problem| {
        problem.kind != Kind::EditionStill || problem.since.is_some_and(|since| now - since >= LASTS)
    };
    let mut found = problems(db, press)?;
    found.retain(|problem| problem.kind.is_alert() && has_lasted(problem));
    found.extend(late_editions(db, press)?);
    found.extend(complaints(db, press)?);
    Ok(found)
}

/// In one transaction with the calls that tell of it: each is raised and cleared once.
fn write_down(press: &Press, found: &[Problem]) -> Result<()> {
    let now = press.now();
    // Nobody but this process changes them: most often nothing is to be written.
    let changes = changes(press.store().read(Alert::all)?, found, now);
    if changes.is_empty() {
        return Ok(());
    }
    press.store().write(|db| changes.iter().try_for_each(|change| apply(db, press, change, now)))
}

fn apply(db: &Db, press: &Press, change: &Change, now: DateTime<Utc>) -> Result<()> {
    let (alert, event) = match change {
        Change::Raised(alert) => (alert, AlertEvent::Raised),
        Change::Updated(alert) => return alert.save(db),
        Change::Cleared(alert) => (alert, AlertEvent::Cleared),
    };
    alert.save(db)?;
    let Alert { kind, severity, what, title, .. } = alert;
    match event {
        AlertEvent::Raised => warn!(kind, severity, "{what}"),
        AlertEvent::Cleared => info!(kind, "over: {title}"),
    }
    match &press.config().alerts.webhook {
        Some(id) => queue_alert(db, id.as_str(), event, alert, now),
        None => Ok(()),
    }
}
