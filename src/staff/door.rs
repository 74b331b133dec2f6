use std::net::IpAddr;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::password::Password;
use super::secret::Opaque;
use crate::store::{AuditEntry, Db, HalfStep, HalfStepKind, Member, MemberId, SecretDigest, Session, Store};

/// A session ends so long after it began, however much it is used …
const LASTS: TimeDelta = TimeDelta::days(14);
/// … and so long after it was last used.
const IDLES: TimeDelta = TimeDelta::days(3);
/// How long a right password waits for its code.
const CODE_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// After so many wrong passwords or codes in a row an account is locked: for a minute, then twice as long each time.
const FREE_FAILURES: u32 = 5;
const LONGEST_LOCK: TimeDelta = TimeDelta::hours(1);
/// Characters kept of what a browser calls itself.
const AGENT: usize = 200;

/// The browser somebody comes with.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub address: IpAddr,
    /// The browser, as it calls itself.
    pub agent: String,
    /// The session it holds, good or not: another that begins takes its place.
    pub session: Option<Opaque>,
}

/// What became of a try to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Signed in; the secret is the browser's to keep.
    In(Opaque),
    /// What was given is right so far, and a code is wanted beside it; the ticket goes with it.
    Code(Opaque),
    /// The name, the password, or too many tries: who asks is not told which.
    Refused,
}

/// Signs somebody in, or asks for their code. Takes as long for a name that nobody has.
pub fn sign_in(store: &Store, name: &str, password: &str, visitor: &Visitor, now: DateTime<Utc>) -> Result<Entry> {
    let member = store.read(|db| Member::named(db, name))?.filter(|member| member.closed_at.is_none());
    let hash = member.as_ref().map_or("", |member| member.password.as_str());
    let is_right = Password::is_right(hash, password);
    let Some(known) = member else { return Ok(Entry::Refused) };
    store.write(|db| {
        // Read again: another try, or a new password, may have come at the same moment.
        let Some(member) = Member::find(db, known.id)?.filter(|member| !is_locked(member, now)) else {
            return Ok(Entry::Refused);
        };
        if is_right && member.password == known.password && member.closed_at.is_none() {
            enter(db, &member, visitor, now)
        } else {
            count_failure(db, &member, visitor, now)?;
            Ok(Entry::Refused)
        }
    })
}

/// Lets in whose password is right, unless a code is to come.
pub(super) fn enter(db: &Db, member: &Member, visitor: &Visitor, now: DateTime<Utc>) -> Result<Entry> {
    if member.totp.is_empty() {
        return admit(db, member, "", visitor, now).map(Entry::In);
    }
    // Failures are not forgotten yet: codes could be guessed between right passwords.
    let ticket = Opaque::new()?;
    let step = HalfStep { kind: HalfStepKind::Code, member: Some(member.id), state: Vec::new() };
    step.begin(db, &ticket.digest(), now, now + CODE_WITHIN)?;
    Ok(Entry::Code(ticket))
}

/// Begins the session of who has shown who they are; `how`, where it was not by password and code.
pub(super) fn admit(db: &Db, member: &Member, how: &str, visitor: &Visitor, now: DateTime<Utc>) -> Result<Opaque> {
    Member::forget_failures(db, member.id)?;
    let detail = format!("{how}{}from {}", if how.is_empty() { "" } else { ", " }, visitor.address);
    AuditEntry::add(db, &member.name, "signed in", "", &detail, now)?;
    begin(db, member.id, visitor, now)
}

pub(super) fn is_locked(member: &Member, now: DateTime<Utc>) -> bool {
    member.locked_until.is_some_and(|until| until > now)
}

/// Counts a wrong password or code. `true` where the account is locked with that.
pub(super) fn count_failure(db: &Db, member: &Member, visitor: &Visitor, now: DateTime<Utc>) -> Result<bool> {
    let locked_until = lock(member.failures + 1).map(|time| now + time);
    Member::count_failure(db, member.id, locked_until)?;
    if locked_until.is_some() {
        HalfStep::withdraw(db, member.id)?;
        AuditEntry::add(db, &member.name, "was locked out", "", &format!("from {}", visitor.address), now)?;
    }
    Ok(locked_until.is_some())
}

/// The session of this secret and whose it is, if it is still good.
pub fn session(db: &Db, secret: &Opaque, now: DateTime<Utc>) -> Result<Option<(Session, Member)>> {
    Session::find(db, &secret.digest(), (now - LASTS, now - IDLES))
}

pub fn sign_out(db: &Db, member: &Member, session: &SecretDigest, now: DateTime<Utc>) -> Result<()> {
    Session::end(db, member.id, session)?;
    AuditEntry::add(db, &member.name, "signed out", "", "", now)
}

pub(super) fn begin(db: &Db, member: MemberId, visitor: &Visitor, now: DateTime<Utc>) -> Result<Opaque> {
    Session::forget(db, (now - LASTS, now - IDLES))?;
    if let Some(before) = &visitor.session {
        Session::end_any(db, &before.digest())?;
    }
    // A new secret at every sign-in: one that somebody put into the browser before is worth nothing.
    let secret = Opaque::new()?;
    let agent = visitor.agent.chars().filter(|one| !one.is_control()).take(AGENT).collect();
    let address = visitor.address.to_string();
    let session = Session { digest: secret.digest(), created_at: now, seen_at: now, address, agent };
    session.begin(db, member)?;
    Ok(secret)
}

fn lock(failures: u32) -> Option<TimeDelta> {
    let doublings = failures.checked_sub(FREE_FAILURES)?;
    Some(TimeDelta::minutes(1 << doublings.min(6)).min(LONGEST_LOCK))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::accounts::{accept_invitation, invite};
    use super::*;
    use crate::store::Role;

    pub const PASSWORD: &str = "harmattan kettle orbit plum";

    pub fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
    }

    pub fn visitor() -> Visitor {
        Visitor { address: "192.0.2.7".parse().unwrap(), agent: "Firefox".to_owned(), session: None }
    }

    pub fn come(store: &Store, password: &str, now: DateTime<Utc>) -> Result<Entry> {
        sign_in(store, "Ama", password, &visitor(), now)
    }

    pub fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        (dir, store)
    }

    /// Ama, an editor, who has a password and is signed in.
    pub fn known(store: &Store) -> Opaque {
        let link = invite(store, "the command line", " Ama ", "", Role::Editor, at(0)).unwrap();
        match accept_invitation(store, &link, PASSWORD, &visitor(), at(1)).unwrap().unwrap().unwrap() {
            Entry::In(secret) => secret,
            other => panic!("{other:?}"),
        }
    }

    pub fn who(store: &Store, secret: &Opaque, now: DateTime<Utc>) -> Option<String> {
        store.read(|db| session(db, secret, now)).unwrap().map(|(_, member)| member.name)
    }

    #[test]
    fn a_session_ends_by_itself_and_by_sign_out() {
        let (_dir, store) = store();
        let secret = known(&store);
        assert_eq!(who(&store, &secret, at(2 * 24 * 60)).as_deref(), Some("Ama"));
        assert_eq!(who(&store, &secret, at(3 * 24 * 60 + 1)), None, "not used for three days");
        // However much it is used.
        for day in 1..=15 {
            let now = at(day * 24 * 60);
            let Some((found, _)) = store.read(|db| session(db, &secret, now)).unwrap() else {
                assert_eq!(day, 15);
                break;
            };
            store.write(|db| found.touch(db, now)).unwrap();
        }
        let Entry::In(other) = come(&store, PASSWORD, at(20)).unwrap() else { panic!("refused") };
        let (found, member) = store.read(|db| session(db, &other, at(21))).unwrap().unwrap();
        assert_eq!((found.address.as_str(), found.agent.as_str()), ("192.0.2.7", "Firefox"));
        store.write(|db| sign_out(db, &member, &found.digest, at(22))).unwrap();
        assert_eq!(who(&store, &other, at(22)), None);
    }

    #[test]
    fn wrong_passwords_lock_the_account_for_longer_and_longer() {
        let (_dir, store) = store();
        known(&store);
        let refused = |password: &str, minute| come(&store, password, at(minute)).unwrap() == Entry::Refused;
        for _ in 0..4 {
            assert!(refused("wrong", 10));
        }
        assert!(!refused(PASSWORD, 10), "four are free, and a right one forgets them");
        for _ in 0..5 {
            assert!(refused("wrong", 20));
        }
        assert!(refused(PASSWORD, 20), "locked for a minute");
        assert!(refused("wrong", 21));
        assert!(refused(PASSWORD, 22), "and then for two");
        assert!(!refused(PASSWORD, 23));
        assert_eq!(lock(100), Some(LONGEST_LOCK));
        let told = store.read(|db| AuditEntry::latest(db, Some("Ama"), 10)).unwrap();
        assert_eq!(told.iter().filter(|entry| entry.action == "was locked out").count(), 2);
    }

    #[test]
    fn nobody_and_who_has_no_password_are_refused_alike() {
        let (_dir, store) = store();
        assert_eq!(come(&store, PASSWORD, at(0)).unwrap(), Entry::Refused);
        invite(&store, "the command line", "Ama", "", Role::Editor, at(0)).unwrap();
        assert_eq!(come(&store, "", at(1)).unwrap(), Entry::Refused);
        store
            .write(|db| {
                let ama = Member::named(db, "Ama")?.unwrap();
                Member::set_closed(db, ama.id, Some(at(2)))
            })
            .unwrap();
        assert_eq!(come(&store, PASSWORD, at(3)).unwrap(), Entry::Refused);
    }
}
