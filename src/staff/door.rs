use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::password::{Password, Weakness};
use super::secret::Opaque;
use crate::store::{AuditEntry, Db, Invitation, Member, MemberId, Role, SecretDigest, Session, Store};

/// How long a link to choose a password is good for.
pub const INVITATION_DAYS: i64 = 7;
/// A session ends so long after it began, however much it is used …
const LASTS: TimeDelta = TimeDelta::days(14);
/// … and so long after it was last used.
const IDLES: TimeDelta = TimeDelta::days(3);
/// After so many wrong passwords in a row an account is locked: for a minute, then twice as long each time.
const FREE_FAILURES: u32 = 5;
const LONGEST_LOCK: TimeDelta = TimeDelta::hours(1);
/// Characters kept of what a browser calls itself.
const AGENT: usize = 200;

/// Somebody who tries to sign in, and from where.
#[derive(Clone)]
pub struct Attempt {
    pub name: String,
    pub password: String,
    /// IP address.
    pub address: String,
    /// The browser, as it calls itself.
    pub agent: String,
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempt")
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Signed in; the secret is the browser's to keep.
    In(Opaque),
    /// The name, the password, or too many tries: who asks is not told which.
    Refused,
}

/// Signs somebody in. Takes as long for a name that nobody has.
pub fn sign_in(store: &Store, attempt: &Attempt, now: DateTime<Utc>) -> Result<Entry> {
    let member = store.read(|db| Member::named(db, &attempt.name))?.filter(|member| member.closed_at.is_none());
    let hash = member.as_ref().map_or("", |member| member.password.as_str());
    let is_right = Password::is_right(hash, &attempt.password);
    let Some(member) = member else { return Ok(Entry::Refused) };
    let is_locked = member.locked_until.is_some_and(|until| until > now);
    if is_locked || !is_right {
        if !is_locked {
            store.write(|db| {
                // Read again: another attempt may have been at the same moment.
                let failures = Member::find(db, member.id)?.map_or(0, |member| member.failures) + 1;
                let locked_until = lock(failures).map(|time| now + time);
                Member::count_failure(db, member.id, locked_until)?;
                match locked_until {
                    Some(_) => AuditEntry::add(db, &member.name, "was locked out", "", &from(attempt), now),
                    None => Ok(()),
                }
            })?;
        }
        return Ok(Entry::Refused);
    }
    store.write(|db| {
        Member::forget_failures(db, member.id)?;
        AuditEntry::add(db, &member.name, "signed in", "", &from(attempt), now)?;
        Ok(Entry::In(begin(db, member.id, &attempt.address, &attempt.agent, now)?))
    })
}

/// The session of this secret and whose it is, if it is still good.
pub fn session(db: &Db, secret: &Opaque, now: DateTime<Utc>) -> Result<Option<(Session, Member)>> {
    Session::find(db, &secret.digest(), (now - LASTS, now - IDLES))
}

pub fn sign_out(db: &Db, member: &Member, session: &SecretDigest, now: DateTime<Utc>) -> Result<()> {
    Session::end(db, member.id, session)?;
    AuditEntry::add(db, &member.name, "signed out", "", "", now)
}

/// Makes a one-time link for somebody, who is added where there is nobody of this name. Who is known already keeps their
/// account, with this role, and chooses a new password by it; one that was closed is open again.
///
/// Returns the secret of the link.
pub fn invite(store: &Store, who: &str, name: &str, email: &str, role: Role, now: DateTime<Utc>) -> Result<Opaque> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
        bail!("{name:?} is no name to sign in with; use 1 to 80 characters");
    }
    let secret = Opaque::new()?;
    store.write(|db| {
        let id = match Member::add(db, &name, email, role, now)? {
            Some(id) => id,
            None => {
                let Some(known) = Member::named(db, &name)? else { bail!("{name} is gone from the store") };
                Member::set_role(db, known.id, role)?;
                Member::set_closed(db, known.id, None)?;
                if !email.is_empty() {
                    Member::set_email(db, known.id, email)?;
                }
                known.id
            }
        };
        Invitation::make(db, &secret.digest(), id, now + TimeDelta::days(INVITATION_DAYS))?;
        AuditEntry::add(db, who, "invited", &name, role.as_str(), now)
    })?;
    Ok(secret)
}

/// Sets the password of who holds an invitation, which is used up, and signs them in. All their other sessions end.
///
/// `None` where the invitation is not good (any more).
pub fn accept_invitation(
    store: &Store,
    secret: &Opaque,
    password: &str,
    (address, agent): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Option<Result<Opaque, Weakness>>> {
    let digest = secret.digest();
    let Some(member) = store.read(|db| Invitation::find(db, &digest, now))? else { return Ok(None) };
    if let Some(weakness) = Password::weakness(password, &member.name) {
        return Ok(Some(Err(weakness)));
    }
    let hash = Password::hash(password)?;
    store.write(|db| {
        // Again: whoever was first has used it up.
        let Some(member) = Invitation::find(db, &digest, now)? else { return Ok(None) };
        Invitation::withdraw(db, member.id)?;
        Member::set_password(db, member.id, &hash)?;
        Session::end_all(db, member.id, None)?;
        AuditEntry::add(db, &member.name, "chose a password", "", "by invitation", now)?;
        Ok(Some(Ok(begin(db, member.id, address, agent, now)?)))
    })
}

/// Changes somebody's password. All their sessions end but the one they do it from.
pub fn change_password(
    store: &Store,
    member: &Member,
    session: &SecretDigest,
    password: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Weakness>> {
    if let Some(weakness) = Password::weakness(password, &member.name) {
        return Ok(Err(weakness));
    }
    let hash = Password::hash(password)?;
    store.write(|db| {
        Member::set_password(db, member.id, &hash)?;
        Session::end_all(db, member.id, Some(session))?;
        AuditEntry::add(db, &member.name, "chose a password", "", "", now)
    })?;
    Ok(Ok(()))
}

fn begin(db: &Db, member: MemberId, address: &str, agent: &str, now: DateTime<Utc>) -> Result<Opaque> {
    Session::forget(db, (now - LASTS, now - IDLES))?;
    // A new secret at every sign-in: one that somebody put into the browser before is worth nothing.
    let secret = Opaque::new()?;
    let agent = agent.chars().filter(|one| !one.is_control()).take(AGENT).collect();
    let session =
        Session { digest: secret.digest(), created_at: now, seen_at: now, address: address.to_owned(), agent };
    session.begin(db, member)?;
    Ok(secret)
}

fn lock(failures: u32) -> Option<TimeDelta> {
    let doublings = failures.checked_sub(FREE_FAILURES)?;
    Some(TimeDelta::minutes(1 << doublings.min(6)).min(LONGEST_LOCK))
}

fn from(attempt: &Attempt) -> String {
    format!("from {}", attempt.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "harmattan kettle orbit plum";

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
    }

    fn attempt(password: &str) -> Attempt {
        let (address, agent) = ("192.0.2.7".to_owned(), "Firefox".to_owned());
        Attempt { name: "Ama".into(), password: password.into(), address, agent }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(&dir.path().join("griot.db")).unwrap();
        (dir, store)
    }

    fn known(store: &Store) -> Opaque {
        let link = invite(store, "the command line", " Ama ", "", Role::Editor, at(0)).unwrap();
        accept_invitation(store, &link, PASSWORD, ("192.0.2.7", "Firefox"), at(1)).unwrap().unwrap().unwrap()
    }

    fn who(store: &Store, secret: &Opaque, now: DateTime<Utc>) -> Option<String> {
        store.read(|db| session(db, secret, now)).unwrap().map(|(_, member)| member.name)
    }

    #[test]
    fn an_invitation_is_good_once_and_for_a_week() {
        let (_dir, store) = store();
        let accept = |link: &Opaque, password: &str, now| {
            accept_invitation(&store, link, password, ("192.0.2.7", ""), now).unwrap()
        };
        let link = invite(&store, "the command line", "Ama", "", Role::Editor, at(0)).unwrap();
        assert_eq!(accept(&link, PASSWORD, at(INVITATION_DAYS * 24 * 60)), None);
        assert_eq!(accept(&Opaque::new().unwrap(), PASSWORD, at(1)), None);
        assert_eq!(accept(&link, "short", at(1)), Some(Err(Weakness::TooShort)));
        let secret = accept(&link, PASSWORD, at(1)).unwrap().unwrap();
        assert_eq!(accept(&link, "another one of fifteen", at(2)), None);
        assert_eq!(who(&store, &secret, at(2)).as_deref(), Some("Ama"));
        // A second one takes the place of the first, keeps the account, and what it chose ends every session.
        let first = invite(&store, "the command line", "ama", "", Role::Operator, at(3)).unwrap();
        let second = invite(&store, "the command line", "Ama", "", Role::Viewer, at(3)).unwrap();
        assert_eq!(accept(&first, PASSWORD, at(4)), None);
        assert!(accept(&second, PASSWORD, at(4)).unwrap().is_ok());
        assert_eq!(who(&store, &secret, at(5)), None);
        let all = store.read(Member::all).unwrap();
        assert_eq!((all.len(), all[0].role), (1, Role::Viewer));
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
        let Entry::In(other) = sign_in(&store, &attempt(PASSWORD), at(20)).unwrap() else { panic!("refused") };
        let (found, member) = store.read(|db| session(db, &other, at(21))).unwrap().unwrap();
        assert_eq!((found.address.as_str(), found.agent.as_str()), ("192.0.2.7", "Firefox"));
        store.write(|db| sign_out(db, &member, &found.digest, at(22))).unwrap();
        assert_eq!(who(&store, &other, at(22)), None);
    }

    #[test]
    fn wrong_passwords_lock_the_account_for_longer_and_longer() {
        let (_dir, store) = store();
        known(&store);
        let refused =
            |password: &str, minute| sign_in(&store, &attempt(password), at(minute)).unwrap() == Entry::Refused;
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
    fn a_new_password_ends_every_other_session() {
        let (_dir, store) = store();
        let mine = known(&store);
        let Entry::In(other) = sign_in(&store, &attempt(PASSWORD), at(2)).unwrap() else { panic!("refused") };
        let (session, member) = store.read(|db| session(db, &mine, at(3))).unwrap().unwrap();
        let change = |password| change_password(&store, &member, &session.digest, password, at(4)).unwrap();
        assert_eq!(change("short"), Err(Weakness::TooShort));
        assert_eq!(change("another one of fifteen"), Ok(()));
        assert_eq!((who(&store, &mine, at(5)).as_deref(), who(&store, &other, at(5))), (Some("Ama"), None));
        assert_eq!(sign_in(&store, &attempt(PASSWORD), at(6)).unwrap(), Entry::Refused);
    }

    #[test]
    fn nobody_and_who_has_no_password_are_refused_alike() {
        let (_dir, store) = store();
        assert_eq!(sign_in(&store, &attempt(PASSWORD), at(0)).unwrap(), Entry::Refused);
        invite(&store, "the command line", "Ama", "", Role::Editor, at(0)).unwrap();
        assert_eq!(sign_in(&store, &attempt(""), at(1)).unwrap(), Entry::Refused);
        store
            .write(|db| {
                let ama = Member::named(db, "Ama")?.unwrap();
                Member::set_closed(db, ama.id, Some(at(2)))
            })
            .unwrap();
        assert_eq!(sign_in(&store, &attempt(PASSWORD), at(3)).unwrap(), Entry::Refused);
    }
}
