use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::door::{Entry, Visitor, enter};
use super::password::{Password, Weakness};
use super::secret::Opaque;
use crate::store::{
    AuditEntry, Db, Invitation, Member, MemberId, Passkey, RecoveryCode, Role, SecretDigest, Session, Store,
};

/// How long a link to choose a password is good for.
pub const INVITATION_DAYS: i64 = 7;

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
                if role < known.role {
                    keep_an_operator(db, &known)?;
                }
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

/// Sets the password of who holds an invitation, which is used up, and signs them in, by their code where they have a
/// second factor. All their other sessions end.
///
/// `None` where the invitation is not good (any more).
pub fn accept_invitation(
    store: &Store,
    secret: &Opaque,
    password: &str,
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<Option<Result<Entry, Weakness>>> {
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
        Ok(Some(Ok(enter(db, &member, visitor, now)?)))
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

/// Gives somebody another role. Refused for oneself, and for the last operator.
pub fn change_role(db: &Db, by: &Member, id: MemberId, role: Role, now: DateTime<Utc>) -> Result<Member> {
    let member = another(db, by, id, "your role can only be changed by another operator")?;
    if role < member.role {
        keep_an_operator(db, &member)?;
    }
    Member::set_role(db, id, role)?;
    AuditEntry::add(
        db,
        &by.name,
        "changed the role of",
        &member.name,
        &format!("from {} to {role}", member.role),
        now,
    )?;
    Ok(member)
}

/// Closes an account: its sessions end, and it can't be signed in to. Refused for the last operator.
pub fn close(db: &Db, who: &str, member: &Member, now: DateTime<Utc>) -> Result<()> {
    keep_an_operator(db, member)?;
    Member::set_closed(db, member.id, Some(now))?;
    AuditEntry::add(db, who, "closed the account of", &member.name, "", now)
}

/// The same for one of others: nobody closes their own.
pub fn close_another(db: &Db, by: &Member, id: MemberId, now: DateTime<Utc>) -> Result<Member> {
    let member = another(db, by, id, "your account can only be closed by another operator")?;
    close(db, &by.name, &member, now)?;
    Ok(member)
}

/// Opens a closed account again, with the password and the factors it had.
pub fn open_again(db: &Db, by: &Member, id: MemberId, now: DateTime<Utc>) -> Result<Member> {
    let member = somebody(db, id)?;
    Member::set_closed(db, id, None)?;
    AuditEntry::add(db, &by.name, "opened the account of", &member.name, "", now)?;
    Ok(member)
}

pub fn end_sessions(db: &Db, by: &Member, id: MemberId, now: DateTime<Utc>) -> Result<Member> {
    let member = somebody(db, id)?;
    Session::end_all(db, id, None)?;
    AuditEntry::add(db, &by.name, "ended all sessions of", &member.name, "", now)?;
    Ok(member)
}

/// Takes away somebody's code and passkeys, for who has lost what they are on: the password alone is enough then.
pub fn take_factors(db: &Db, who: &str, member: &Member, now: DateTime<Utc>) -> Result<()> {
    Member::set_totp(db, member.id, "", 0)?;
    RecoveryCode::replace(db, member.id, &[])?;
    Passkey::remove_all(db, member.id)?;
    AuditEntry::add(db, who, "took away the code and the passkeys of", &member.name, "", now)
}

/// The same for one of others: one's own are removed at one's account, with the password.
pub fn take_factors_of_another(db: &Db, by: &Member, id: MemberId, now: DateTime<Utc>) -> Result<Member> {
    let member = another(db, by, id, "your own are removed at your account")?;
    take_factors(db, &by.name, &member, now)?;
    Ok(member)
}

fn another(db: &Db, by: &Member, id: MemberId, refusal: &'static str) -> Result<Member> {
    if by.id == id {
        bail!(refusal);
    }
    somebody(db, id)
}

fn somebody(db: &Db, id: MemberId) -> Result<Member> {
    let Some(member) = Member::find(db, id)? else { bail!("there is no such person at the desk") };
    Ok(member)
}

/// Refuses what would leave nobody who may change who works here.
fn keep_an_operator(db: &Db, member: &Member) -> Result<()> {
    let is_one = member.role == Role::Operator && member.closed_at.is_none() && !member.password.is_empty();
    if is_one && Member::count_operators(db)? == 1 {
        bail!("{} is the only operator; make somebody else one first", member.name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::door::tests::{PASSWORD, at, come, known, store, visitor, who};
    use super::super::session;
    use super::*;

    #[test]
    fn an_invitation_is_good_once_and_for_a_week() {
        let (_dir, store) = store();
        let accept =
            |link: &Opaque, password: &str, now| accept_invitation(&store, link, password, &visitor(), now).unwrap();
        let link = invite(&store, "the command line", "Ama", "", Role::Editor, at(0)).unwrap();
        assert_eq!(accept(&link, PASSWORD, at(INVITATION_DAYS * 24 * 60)), None);
        assert_eq!(accept(&Opaque::new().unwrap(), PASSWORD, at(1)), None);
        assert_eq!(accept(&link, "short", at(1)), Some(Err(Weakness::TooShort)));
        let Some(Ok(Entry::In(secret))) = accept(&link, PASSWORD, at(1)) else { panic!("refused") };
        assert_eq!(accept(&link, "another one of fifteen", at(2)), None);
        assert_eq!(who(&store, &secret, at(2)).as_deref(), Some("Ama"));
        // A second one takes the place of the first, keeps the account, and what it chose ends every session.
        let first = invite(&store, "the command line", "ama", "", Role::Viewer, at(3)).unwrap();
        let second = invite(&store, "the command line", "Ama", "", Role::Operator, at(3)).unwrap();
        assert_eq!(accept(&first, PASSWORD, at(4)), None);
        assert!(accept(&second, PASSWORD, at(4)).unwrap().is_ok());
        assert_eq!(who(&store, &secret, at(5)), None);
        let all = store.read(Member::all).unwrap();
        assert_eq!((all.len(), all[0].role), (1, Role::Operator));
    }

    #[test]
    fn a_new_password_ends_every_other_session() {
        let (_dir, store) = store();
        let mine = known(&store);
        let Entry::In(other) = come(&store, PASSWORD, at(2)).unwrap() else { panic!("refused") };
        let (session, member) = store.read(|db| session(db, &mine, at(3))).unwrap().unwrap();
        let change = |password| change_password(&store, &member, &session.digest, password, at(4)).unwrap();
        assert_eq!(change("short"), Err(Weakness::TooShort));
        assert_eq!(change("another one of fifteen"), Ok(()));
        assert_eq!((who(&store, &mine, at(5)).as_deref(), who(&store, &other, at(5))), (Some("Ama"), None));
        assert_eq!(come(&store, PASSWORD, at(6)).unwrap(), Entry::Refused);
    }

    #[test]
    fn the_last_operator_stays_one_and_nobody_shuts_themselves_out() {
        let (_dir, store) = store();
        known(&store);
        let of = |name: &str| store.read(|db| Member::named(db, name)).unwrap().unwrap();
        let refusal = |work: &dyn Fn(&Db) -> Result<Member>| store.write(|db| work(db)).unwrap_err().to_string();
        invite(&store, "Ama", "Ama", "", Role::Operator, at(2)).unwrap();
        // Invited, and not there yet: no operator to count on.
        let link = invite(&store, "Ama", "Yaw", "", Role::Operator, at(2)).unwrap();
        let only = "Ama is the only operator; make somebody else one first";
        assert_eq!(refusal(&|db| close(db, "the command line", &of("Ama"), at(3)).map(|()| of("Ama"))), only);
        assert_eq!(refusal(&|db| change_role(db, &of("Yaw"), of("Ama").id, Role::Editor, at(3))), only);
        assert_eq!(invite(&store, "Yaw", "Ama", "", Role::Viewer, at(3)).unwrap_err().to_string(), only);
        accept_invitation(&store, &link, PASSWORD, &visitor(), at(3)).unwrap();
        let own = refusal(&|db| close_another(db, &of("Ama"), of("Ama").id, at(4)));
        assert_eq!(own, "your account can only be closed by another operator");
        let own = refusal(&|db| change_role(db, &of("Ama"), of("Ama").id, Role::Viewer, at(4)));
        assert_eq!(own, "your role can only be changed by another operator");
        store.write(|db| change_role(db, &of("Yaw"), of("Ama").id, Role::Editor, at(4))).unwrap();
        assert_eq!((of("Ama").role, of("Yaw").role), (Role::Editor, Role::Operator));
    }
}
