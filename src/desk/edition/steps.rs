use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{Which, address};
use crate::address::{EmailAddress, Mailbox};
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::publishing::{LookedOver, Press};
use crate::saying::number::grouped;
use crate::saying::time::moment;
use crate::store::{AuditEntry, DeliveryCounts, Edition};
use crate::web::Fields;

/// What can be done with an edition as a whole. Each is asked for once more, by name and number, before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Approve,
    Schedule,
    Send,
    Pause,
    Resume,
    Cancel,
    Duplicate,
}

impl Step {
    fn of(word: &str) -> Result<Self, Failure> {
        match word {
            "approve" => Ok(Self::Approve),
            "schedule" => Ok(Self::Schedule),
            "send" => Ok(Self::Send),
            "pause" => Ok(Self::Pause),
            "resume" => Ok(Self::Resume),
            "cancel" => Ok(Self::Cancel),
            "duplicate" => Ok(Self::Duplicate),
            _ => Err(Failure::NoSuchPage),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Schedule => "schedule",
            Self::Send => "send",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Duplicate => "duplicate",
        }
    }

    /// Whether the edition is to go out with it as it stands.
    fn lets_out(self) -> bool {
        matches!(self, Self::Approve | Self::Schedule | Self::Send)
    }

    /// As it stands in the record of who did what.
    fn told(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Schedule => "scheduled",
            Self::Send => "sent",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Cancel => "cancelled",
            Self::Duplicate => "duplicated",
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "desk/edition_step.html")]
struct StepPage {
    frame: Frame,
    address: String,
    text: String,
    button: String,
    is_final: bool,
    /// What should be put right first.
    findings: Vec<String>,
}

#[derive(Debug, Template)]
#[template(path = "desk/schedule.html")]
struct SchedulePage {
    frame: Frame,
    address: String,
    text: String,
    button: String,
    is_final: bool,
    findings: Vec<String>,
    zone: String,
    /// The time that is proposed, as a browser's field has it.
    time: String,
}

pub(in crate::desk) async fn ask_step(
    State(room): State<Room>,
    signed: Signed,
    Path((newsletter, number, step)): Path<(String, u32, String)>,
) -> Result<Response, Failure> {
    let step = Step::of(&step)?;
    let edition = room.edition(newsletter, number).await?;
    let asked = edition.clone();
    let desk = room.clone();
    let (readers, open, findings) = room
        .ask(move |store, press| {
            let findings = if step.lets_out() { to_be_put_right(press, &asked)? } else { Vec::new() };
            let (readers, open) = store.read(|db| {
                let counts = DeliveryCounts::load(db, asked.id)?;
                let readers = desk.audiences().count(db, &asked.name.newsletter, press.now())?;
                Ok((readers, counts.queued + counts.deferred + counts.sending))
            })?;
            Ok((readers, open, findings))
        })
        .await?;
    let name = &edition.name;
    let press = room.press();
    let newsletter = press.newsletter(&name.newsletter).map_err(Failure::of)?;
    let zone = newsletter.timezone.zone();
    let time = edition.goes_out_at().or_else(|| newsletter.schedule.next_after(press.now(), zone));
    let time = time.unwrap_or_else(|| press.now());
    let readers = if edition.started_at.is_some() { open } else { readers };
    let readers = if readers == 1 { "1 reader".to_owned() } else { format!("{} readers", grouped(readers)) };
    let (title, text, button) = match step {
        Step::Approve => (
            format!("Approve {name}?"),
            format!("Its content is frozen with that: what is approved is what goes out, to {readers} as of now."),
            "Approve".to_owned(),
        ),
        Step::Schedule => (
            format!("When is {name} to go out?"),
            format!("It is approved with that, and its content frozen. It goes to {readers} as of now."),
            "Approve for then".to_owned(),
        ),
        Step::Duplicate => (
            format!("Begin a new draft like {name}?"),
            "It has the same words and stories, in the same order, and can be changed as any other.".to_owned(),
            "Begin the draft".to_owned(),
        ),
        Step::Send => (
            format!("Send {name} to {readers} now?"),
            "It can be paused while it is sent, but what has left is with its readers.".to_owned(),
            format!("Send to {readers}"),
        ),
        Step::Pause => (
            format!("Pause {name}?"),
            format!("Nothing more leaves within a second. {readers} still wait for it."),
            "Pause".to_owned(),
        ),
        Step::Resume => (format!("Let {name} go on?"), format!("{readers} still wait for it."), "Resume".to_owned()),
        Step::Cancel => (
            format!("Cancel {name} for good?"),
            format!("Who has it keeps it; {readers} never get it. It can't be taken back."),
            "Cancel the edition".to_owned(),
        ),
    };
    let (frame, address, is_final) = (Frame::new(&room, &signed, "/desk", title), address(name), step == Step::Cancel);
    if step == Step::Schedule {
        let time = time.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string();
        let zone = zone.to_string();
        return Ok(page(
            StatusCode::OK,
            &SchedulePage { frame, address, text, button, is_final, findings, zone, time },
        ));
    }
    Ok(page(StatusCode::OK, &StepPage { frame, address, text, button, is_final, findings }))
}

/// What is found that is not well, of an edition that has not begun to be sent.
fn to_be_put_right(press: &Press, edition: &Edition) -> anyhow::Result<Vec<String>> {
    if edition.started_at.is_some() || edition.state.is_final() {
        return Ok(Vec::new());
    }
    let LookedOver { findings, links, .. } = press.look_over(edition)?;
    let mut wrong: Vec<String> =
        findings.into_iter().filter(|finding| !finding.is_well).map(|finding| finding.text).collect();
    match links.unknown {
        0 => {}
        1 => wrong.push("1 link was not looked at yet".to_owned()),
        many => wrong.push(format!("{many} links were not looked at yet")),
    }
    Ok(wrong)
}

pub(in crate::desk) async fn take_step(
    State(room): State<Room>,
    signed: Signed,
    Path((newsletter, number, step)): Path<(String, u32, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let step = Step::of(&step)?;
    let edition = room.edition(newsletter, number).await?;
    let who = signed.member.name;
    let at = fields.get("at").unwrap_or_default().to_owned();
    let then = room.ask(move |store, press| {
        let now = press.now();
        let mut then = edition.name.clone();
        match step {
            Step::Approve => drop(press.approve(&edition)?),
            Step::Schedule => {
                let zone = press.newsletter(&edition.name.newsletter)?.timezone.zone();
                drop(press.schedule(&edition, moment(&at, zone)?)?);
            }
            Step::Duplicate => then = press.duplicate(&edition)?.name,
            // What is over stays over, and says so.
            Step::Send if edition.state.is_final() => anyhow::bail!("{} is {} already", edition.name, edition.state),
            Step::Send => drop(press.release(&edition)?),
            Step::Pause => drop(press.pause(&edition, &format!("by {who}, at the desk"))?),
            Step::Resume => drop(press.resume(&edition)?),
            Step::Cancel => drop(press.cancel(&edition, &format!("by {who}, at the desk"))?),
        }
        store.write(|db| AuditEntry::add(db, &who, step.told(), &edition.name.to_string(), &at, now))?;
        Ok(then)
    });
    Ok(see_other(&format!("{}?done={}", address(&then.await?), step.word())))
}

/// The edition as it stands, to who asks for it, or to another address.
pub(in crate::desk) async fn send_test(
    State(room): State<Room>,
    signed: Signed,
    Path(Which { newsletter, number }): Path<Which>,
    fields: Fields,
) -> Result<Response, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let address_of_test = EmailAddress::parse(fields.get("to").ok_or(Failure::Incomplete)?)
        .map_err(|error| Failure::Refused(format!("the test can't be sent there: {error}")))?;
    let to = Mailbox { name: String::new(), address: address_of_test };
    let (tested, mailbox) = (edition.clone(), to.clone());
    let message = room.ask(move |_, press| press.sample_message(&tested, &mailbox)).await?;
    let press = room.press();
    let newsletter = press.newsletter(&edition.name.newsletter).map_err(Failure::of)?;
    press.send_one(newsletter, &message).await.map_err(Failure::of)?;
    let (who, name, now) = (signed.member.name, edition.name.to_string(), press.now());
    let detail = format!("to {}", to.address.masked());
    room.ask(move |store, _| store.write(|db| AuditEntry::add(db, &who, "sent a test of", &name, &detail, now)))
        .await?;
    Ok(see_other(&format!("{}?done=test", address(&edition.name))))
}
