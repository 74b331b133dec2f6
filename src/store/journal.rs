use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

use super::{AttemptOutcome, Claimed, EditionId, OutcomeRecord, Store, SubscriberId, time};

/// Octets of a slot: an outcome with as much of the reply as fits.
const SLOT: usize = 256;
const PAGE: usize = 4096;
/// The reply begins here; what stands before it is of fixed length.
const REPLY_AT: usize = 56;
const MAX_REPLY: usize = SLOT - REPLY_AT;

/// What is on the wire at this moment, and what was said to it, for the time until that is in the store.
///
/// Outcomes are committed many at a time. A process that is killed in between would have to call everything it had
/// claimed `unknown`. So each message is noted here before its last byte leaves, and its outcome as soon as it is known:
/// a write into the page cache each, which outlives the process though not a power cut. After a kill the next process
/// reads which claimed deliveries never left, which were answered, and which are really unknown: no more than were on the
/// wire without an answer. After a restart of the machine the journal says nothing, and all that was claimed is unknown.
///
/// A file beside the store, as large at the start as it ever gets: a disk that fills up does not fail it. It is there
/// while somebody sends, and after one was killed.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    free: Mutex<Vec<u32>>,
}

/// A place in the journal, for one delivery on its way. Given back by [`Journal::release`].
#[derive(Debug, PartialEq, Eq)]
pub struct Slot(u32);

/// What a journal says of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Its last byte was about to leave.
    Leaving,
    Settled(OutcomeRecord),
}

/// Which try at which delivery: edition, subscriber, number.
pub(super) type Try = (EditionId, SubscriberId, u32);

/// The journal a dead process left, as far as it can be relied upon.
#[derive(Debug)]
pub(super) enum Legacy {
    /// It is this very store's, and the machine has not been restarted since: what is not in it did not leave.
    Whole(HashMap<Try, Entry>),
    /// None, or one from before a restart, or one that is damaged or another store's.
    Nothing,
}

impl Journal {
    /// Begins a new one with this many slots. What the last one said is [`Legacy::read`] before and in the store by now.
    pub(super) fn begin(store: &Store, slots: u32) -> Result<Self> {
        let path = path(store)?;
        let header = format!("{}{slots}\n", header(&boot_id(), &store_id(store)?));
        let create = || -> std::io::Result<File> {
            // Replies of relays stand in it, and these name readers.
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&path)?;
            // Every octet is written, so that the disk has room for it. A page at a time: what is written at once the
            // kernel may keep as one piece, and then goes through all of that piece at every note. The first one last:
            // it says that all are there.
            let mut page = [0; PAGE];
            for at in (0..length(slots)).step_by(PAGE).skip(1) {
                file.write_all_at(&page, at)?;
            }
            page[..header.len()].copy_from_slice(header.as_bytes());
            file.write_all_at(&page, 0)?;
            Ok(file)
        };
        let file = create().with_context(|| {
            format!("cannot write the journal {}; make room for it and let this user write it", path.display())
        })?;
        Ok(Self { path, file, free: Mutex::new((1..=slots).rev().collect()) })
    }

    /// Takes the file away, for when nothing is `sending`: it would say of what an older griot or a restored backup
    /// leaves behind that it never left.
    pub(super) fn end(&self) -> Result<()> {
        std::fs::remove_file(&self.path).with_context(|| format!("removing the journal {}", self.path.display()))
    }

    /// A free slot; none while as many deliveries as there are slots wait to be committed.
    pub fn take_slot(&self) -> Option<Slot> {
        self.free().pop().map(Slot)
    }

    /// The outcome of the delivery is in the store, or it never left.
    pub fn release(&self, slots: impl IntoIterator<Item = Slot>) {
        self.free().extend(slots.into_iter().map(|slot| slot.0));
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<u32>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a delivery is about to be whole on the wire.
    pub fn leaving(&self, slot: &Slot, delivery: &Claimed) -> Result<()> {
        let mut bytes = [0; REPLY_AT];
        write_head(&mut bytes, 1, (delivery.edition, delivery.subscriber, delivery.attempts + 1));
        self.write(slot, &bytes)
    }

    /// Notes what was said to it.
    pub fn settled(&self, slot: &Slot, delivery: &Claimed, outcome: &OutcomeRecord) -> Result<()> {
        let mut bytes = [0; SLOT];
        write_head(&mut bytes, 2, (delivery.edition, delivery.subscriber, delivery.attempts + 1));
        bytes[1] = outcome_byte(outcome.outcome);
        bytes[2..4].copy_from_slice(&outcome.code.to_le_bytes());
        bytes[24..32].copy_from_slice(&time::seconds(outcome.finished_at).to_le_bytes());
        let next = time::maybe_seconds(outcome.next_attempt_at).unwrap_or(i64::MIN);
        bytes[32..40].copy_from_slice(&next.to_le_bytes());
        // At most three numbers of three digits.
        let enhanced = &outcome.enhanced.as_bytes()[..outcome.enhanced.len().min(11)];
        bytes[40] = enhanced.len() as u8;
        bytes[41..][..enhanced.len()].copy_from_slice(enhanced);
        let reply = cut(&outcome.reply, MAX_REPLY).as_bytes();
        bytes[52..54].copy_from_slice(&(reply.len() as u16).to_le_bytes());
        bytes[54] = u8::from(outcome.is_to_rcpt);
        bytes[REPLY_AT..][..reply.len()].copy_from_slice(reply);
        self.write(slot, &bytes[..REPLY_AT + reply.len()])
    }

    /// It never was whole on the wire, although it was about to be. Its next try has the same number, so that what was
    /// noted would be said of that one.
    pub fn stayed(&self, slot: &Slot) -> Result<()> {
        self.write(slot, &[0])
    }

    fn write(&self, slot: &Slot, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all_at(bytes, u64::from(slot.0) * SLOT as u64)
            .context("the journal of the store cannot be written")
    }
}

impl Legacy {
    /// What the last journal says.
    pub(super) fn read(store: &Store) -> Result<Self> {
        let path = path(store)?;
        let mut bytes = Vec::new();
        match File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes)) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(error).with_context(|| format!("cannot read the journal {}", path.display())),
        }
        Ok(Self::parse(&bytes, &boot_id(), &store_id(store)?))
    }

    fn parse(bytes: &[u8], boot: &str, store: &str) -> Self {
        if boot.is_empty() {
            return Self::Nothing;
        }
        let entries = || {
            let rest = bytes.strip_prefix(header(boot, store).as_bytes())?;
            let slots = rest.split(|byte| *byte == b'\n').next()?;
            // One that was cut off would say of what stood there that it never left.
            if bytes.len() as u64 != length(std::str::from_utf8(slots).ok()?.parse().ok()?) {
                return None;
            }
            bytes.chunks(SLOT).skip(1).filter(|slot| slot[0] != 0).map(read_slot).collect()
        };
        entries().map_or(Self::Nothing, Self::Whole)
    }
}

/// Octets of a journal: whole pages.
fn length(slots: u32) -> u64 {
    (u64::from(slots) * SLOT as u64 / PAGE as u64 + 1) * PAGE as u64
}

/// What it begins with; the number of slots follows.
fn header(boot: &str, store: &str) -> String {
    format!("griot journal 1\n{boot}\n{store}\n")
}

/// State, edition, subscriber and number of the try; octets 1 to 3 and from 24 on are an outcome's.
fn write_head(bytes: &mut [u8], state: u8, (edition, subscriber, number): Try) {
    bytes[0] = state;
    bytes[4..8].copy_from_slice(&number.to_le_bytes());
    bytes[8..16].copy_from_slice(&edition.0.to_le_bytes());
    bytes[16..24].copy_from_slice(&subscriber.0.to_le_bytes());
}

fn read_slot(bytes: &[u8]) -> Option<(Try, Entry)> {
    let octets = |at: usize| bytes.get(at..at + 8).and_then(|octets| octets.try_into().ok()).map(i64::from_le_bytes);
    let number = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let (edition, subscriber) = (EditionId(octets(8)?), SubscriberId(octets(16)?));
    let entry = match bytes[0] {
        1 => Entry::Leaving,
        2 => {
            let enhanced = bytes.get(41..41 + usize::from(*bytes.get(40)?))?;
            let length = u16::from_le_bytes(bytes.get(52..54)?.try_into().ok()?);
            let reply = bytes.get(REPLY_AT..REPLY_AT + usize::from(length))?;
            Entry::Settled(OutcomeRecord {
                edition,
                subscriber,
                domain: String::new(),
                number,
                outcome: outcome_of(bytes[1])?,
                code: u16::from_le_bytes(bytes.get(2..4)?.try_into().ok()?),
                enhanced: String::from_utf8_lossy(enhanced).into_owned(),
                reply: String::from_utf8_lossy(reply).into_owned(),
                is_to_rcpt: *bytes.get(54)? == 1,
                finished_at: time::from_seconds(octets(24)?),
                next_attempt_at: Some(octets(32)?).filter(|at| *at != i64::MIN).map(time::from_seconds),
            })
        }
        _ => return None,
    };
    Some(((edition, subscriber, number), entry))
}

fn outcome_byte(outcome: AttemptOutcome) -> u8 {
    match outcome {
        AttemptOutcome::Accepted => 1,
        AttemptOutcome::Deferred => 2,
        AttemptOutcome::Failed => 3,
        AttemptOutcome::Unknown => 4,
    }
}

fn outcome_of(byte: u8) -> Option<AttemptOutcome> {
    [AttemptOutcome::Accepted, AttemptOutcome::Deferred, AttemptOutcome::Failed, AttemptOutcome::Unknown]
        .into_iter()
        .find(|outcome| outcome_byte(*outcome) == byte)
}

/// At most so many octets, and no character cut.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// What changes with every start of the machine; empty where the system does not tell, so that a journal is then never
/// relied upon.
fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    // A UUID; no more than there is room for.
    cut(id.trim(), 100).to_owned()
}

/// The file itself. A copy is another store, and what is sent from it stands in another journal. Of a database, its name:
/// what a restore left behind is settled by the times of its rows.
fn store_id(store: &Store) -> Result<String> {
    let Some(path) = store.file() else { return Ok(store.shown().to_owned()) };
    let file = std::fs::metadata(path).with_context(|| format!("cannot find {}", path.display()))?;
    Ok(format!("{}:{}", file.dev(), file.ino()))
}

/// Beside the real file, as the sender's lock is.
fn path(store: &Store) -> Result<PathBuf> {
    store.beside("-sending")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::address::EmailAddress;
    use crate::store::DeliveryState;

    fn claimed(subscriber: i64, attempts: u32) -> Claimed {
        Claimed {
            variant: 0,
            edition: EditionId(3),
            subscriber: SubscriberId(subscriber),
            email: EmailAddress::parse("ada@example.org").unwrap(),
            name: String::new(),
            timezone: String::new(),
            subscribed_at: DateTime::UNIX_EPOCH,
            attempts,
            from: DeliveryState::Queued,
            was_unknown: false,
        }
    }

    fn outcome(subscriber: i64, reply: &str) -> OutcomeRecord {
        OutcomeRecord {
            edition: EditionId(3),
            subscriber: SubscriberId(subscriber),
            domain: String::new(),
            number: 5,
            outcome: AttemptOutcome::Deferred,
            code: 451,
            enhanced: "4.10.123".into(),
            reply: reply.into(),
            is_to_rcpt: true,
            finished_at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            next_attempt_at: DateTime::from_timestamp(1_790_000_060, 0),
        }
    }

    #[test]
    fn what_was_noted_is_read_and_a_slot_used_again_says_the_latest() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        assert!(matches!(Legacy::read(&store).unwrap(), Legacy::Nothing));
        let journal = Journal::begin(&store, 2).unwrap();
        let (first, second) = (journal.take_slot().unwrap(), journal.take_slot().unwrap());
        assert_eq!(journal.take_slot(), None);
        journal.leaving(&first, &claimed(1, 0)).unwrap();
        journal.leaving(&second, &claimed(2, 4)).unwrap();
        let long = "é".repeat(300);
        journal.settled(&second, &claimed(2, 4), &outcome(2, &long)).unwrap();
        let Legacy::Whole(entries) = Legacy::read(&store).unwrap() else { panic!("it was begun on this machine") };
        let expected = outcome(2, &long[..MAX_REPLY]);
        assert_eq!(
            entries,
            HashMap::from([
                ((EditionId(3), SubscriberId(1), 1), Entry::Leaving),
                ((EditionId(3), SubscriberId(2), 5), Entry::Settled(expected)),
            ])
        );
        journal.release([second]);
        journal.leaving(&journal.take_slot().unwrap(), &claimed(3, 0)).unwrap();
        let Legacy::Whole(entries) = Legacy::read(&store).unwrap() else { panic!() };
        assert_eq!(entries.len(), 2);
        assert!(entries.contains_key(&(EditionId(3), SubscriberId(3), 1)));
    }

    #[test]
    fn what_never_left_after_all_is_not_said_to_have_left() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let journal = Journal::begin(&store, 2).unwrap();
        let slot = journal.take_slot().unwrap();
        journal.leaving(&slot, &claimed(1, 0)).unwrap();
        journal.stayed(&slot).unwrap();
        assert!(matches!(Legacy::read(&store).unwrap(), Legacy::Whole(entries) if entries.is_empty()));
        journal.end().unwrap();
        assert!(matches!(Legacy::read(&store).unwrap(), Legacy::Nothing));
    }

    #[test]
    fn a_journal_of_another_time_or_store_or_one_that_is_damaged_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::file(&dir);
        let journal = Journal::begin(&store, 2).unwrap();
        let slot = journal.take_slot().unwrap();
        journal.settled(&slot, &claimed(2, 0), &outcome(2, "later")).unwrap();
        let bytes = std::fs::read(path(&store).unwrap()).unwrap();
        let (boot, id) = (boot_id(), store_id(&store).unwrap());
        assert!(matches!(Legacy::parse(&bytes, &boot, &id), Legacy::Whole(entries) if entries.len() == 1));
        for (boot, id) in [("another", id.as_str()), ("", &id), (&boot, "1:2")] {
            assert!(matches!(Legacy::parse(&bytes, boot, id), Legacy::Nothing), "{boot} {id}");
        }
        for length in (0..bytes.len()).step_by(SLOT / 4) {
            assert!(matches!(Legacy::parse(&bytes[..length], &boot, &id), Legacy::Nothing), "{length}");
        }
        let mut damaged = bytes;
        damaged[SLOT] = 9;
        assert!(matches!(Legacy::parse(&damaged, &boot, &id), Legacy::Nothing));

        // The same journal beside a copy of the store.
        let copy = dir.path().join("copy.db");
        std::fs::copy(dir.path().join("griot.db"), &copy).unwrap();
        std::fs::copy(dir.path().join("griot.db-sending"), dir.path().join("copy.db-sending")).unwrap();
        assert!(matches!(Legacy::read(&Store::open(&copy).unwrap()).unwrap(), Legacy::Nothing));
        assert!(matches!(Legacy::read(&store).unwrap(), Legacy::Whole(_)));
    }
}
