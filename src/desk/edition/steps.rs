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
use crate::saying::number::grouped;
use crate::store::{AuditEntry, DeliveryCounts, Subscriber, known_newsletter_number};
use crate::web::Fields;

/// What can be done with an edition as a whole. Each is asked for once more, by name and number, before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Approve,
    Send,
    Pause,
    Resume,
    Cancel,
}

impl Step {
    fn of(word: &str) -> Result<Self, Failure> {
        match word {
            "approve" => Ok(Self::Approve),
            "send" => Ok(Self::Send),
            "pause" => Ok(Self::Pause),
            "resume" => Ok(Self::Resume),
            "cancel" => Ok(Self::Cancel),
            _ => Err(Failure::NoSuchPage),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Send => "send",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }

    /// As it stands in the record of who did what.
    fn told(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Send => "sent",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Cancel => "cancelled",
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "desk/step.html")]
struct StepPage {
    frame: Frame,
    address: String,
    text: String,
    button: String,
    is_final: bool,
}

pub(in crate::desk) async fn ask_step(
    State(room): State<Room>,
    signed: Signed,
    Path((newsletter, number, step)): Path<(String, u32, String)>,
) -> Result<Response, Failure> {
    let step = Step::of(&step)?;
    let edition = room.edition(newsletter, number).await?;
    let asked = edition.clone();
    let (readers, open) = room
        .ask(move |store, press| {
            store.read(|db| {
                let counts = DeliveryCounts::load(db, asked.id)?;
                let readers = match known_newsletter_number(db, &asked.name.newsletter)? {
                    Some(number) => Subscriber::count_confirmed(db, number, press.now())?,
                    None => 0,
                };
                Ok((readers, counts.queued + counts.deferred + counts.sending))
            })
        })
        .await?;
    let name = &edition.name;
    let readers = if edition.started_at.is_some() { open } else { readers };
    let readers = if readers == 1 { "1 reader".to_owned() } else { format!("{} readers", grouped(readers)) };
    let (title, text, button) = match step {
        Step::Approve => (
            format!("Approve {name}?"),
            format!("Its content is frozen with that: what is approved is what goes out, to {readers} as of now."),
            "Approve".to_owned(),
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
    let page_of = StepPage {
        frame: Frame::new(&room, &signed, "/desk", title),
        address: address(name),
        text,
        button,
        is_final: step == Step::Cancel,
    };
    Ok(page(StatusCode::OK, &page_of))
}

pub(in crate::desk) async fn take_step(
    State(room): State<Room>,
    signed: Signed,
    Path((newsletter, number, step)): Path<(String, u32, String)>,
) -> Result<Response, Failure> {
    let step = Step::of(&step)?;
    let edition = room.edition(newsletter, number).await?;
    let back = address(&edition.name);
    let who = signed.member.name;
    room.ask(move |store, press| {
        let now = press.now();
        match step {
            Step::Approve => drop(press.approve(&edition)?),
            // What is over stays over, and says so.
            Step::Send if edition.state.is_final() => anyhow::bail!("{} is {} already", edition.name, edition.state),
            Step::Send => drop(press.release(&edition)?),
            Step::Pause => drop(press.pause(&edition, &format!("by {who}, at the desk"))?),
            Step::Resume => drop(press.resume(&edition)?),
            Step::Cancel => drop(press.cancel(&edition, &format!("by {who}, at the desk"))?),
        }
        store.write(|db| AuditEntry::add(db, &who, step.told(), &edition.name.to_string(), "", now))
    })
    .await?;
    Ok(see_other(&format!("{back}?done={}", step.word())))
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
