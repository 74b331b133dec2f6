use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use super::door::{Entry, Visitor, admit, count_failure, is_locked};
use super::secret::Opaque;
use crate::store::{AuditEntry, Db, HalfStep, HalfStepKind, Member, MemberId, RecoveryCode, SecretDigest, Store};

/// What RFC 4226 §4 recommends.
const SECRET_BYTES: usize = 20;
const RECOVERY_CODES: usize = 10;
/// Letters of a recovery code, in groups of five: 100 bits.
const CODE_LETTERS: usize = 20;

/// The secret that an authenticator app makes codes of, a new one every half minute (RFC 6238): six digits of HMAC-SHA-1,
/// which is what every app knows.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeSecret(String);

impl std::fmt::Debug for CodeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeSecret(…)")
    }
}

impl CodeSecret {
    pub fn new() -> Result<Self> {
        Ok(Self(BASE32_NOPAD.encode(&random::<SECRET_BYTES>()?)))
    }

    /// One that we made, as it came back; `None` where it can't be.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == SECRET_BYTES).then(|| Self(text.to_owned()))
    }

    /// In Base32.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the QR code says, for the app to show whose codes they are.
    pub fn url(&self, publisher: &str, member: &str) -> Result<String> {
        // A colon parts the two from each other, so neither may have one.
        let plain = |text: &str| text.replace(':', " ");
        let totp = self.builder()?.with_issuer(Some(plain(publisher))).with_account_name(plain(member)).build();
        let url = totp.and_then(|totp| totp.to_url());
        url.map_err(|error| anyhow!("the address of the codes could not be written: {error}"))
    }

    /// The time step this is the code of, if it is: now's, or one of its neighbours, as clocks differ.
    fn step_of(&self, code: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
        let totp: Totp = self.builder()?.build().map_err(|error| anyhow!("a code could not be looked at: {error}"))?;
        let now = u64::try_from(now.timestamp()).unwrap_or_default();
        Ok(totp.check(code, now).and_then(|step| i64::try_from(step).ok()))
    }

    fn builder(&self) -> Result<Builder> {
        let secret = Secret::try_from_base32(&self.0);
        Ok(Builder::new().with_secret(secret.map_err(|error| anyhow!("the secret of the codes is spoilt: {error}"))?))
    }
}

/// Has somebody's sign-in ask for a code from now on, once they have shown one. The recovery codes are told once.
///
/// `None` where the code is wrong.
pub fn add_code(
    store: &Store,
    member: &Member,
    secret: &CodeSecret,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<Vec<String>>> {
    let Some(step) = secret.step_of(&digits(code), now)? else { return Ok(None) };
    let codes = fresh_codes()?;
    store.write(|db| {
        Member::set_totp(db, member.id, secret.as_str(), step)?;
        keep(db, member.id, &codes)?;
        AuditEntry::add(db, &member.name, "set up codes to sign in with", "", "", now)
    })?;
    Ok(Some(codes))
}

pub fn remove_code(store: &Store, member: &Member, now: DateTime<Utc>) -> Result<()> {
    store.write(|db| {
        Member::set_totp(db, member.id, "", 0)?;
        RecoveryCode::replace(db, member.id, &[])?;
        AuditEntry::add(db, &member.name, "removed their codes to sign in with", "", "", now)
    })
}

/// Recovery codes in the place of those before, which are worth nothing any more.
pub fn renew_recovery_codes(store: &Store, member: &Member, now: DateTime<Utc>) -> Result<Vec<String>> {
    let codes = fresh_codes()?;
    store.write(|db| {
        keep(db, member.id, &codes)?;
        AuditEntry::add(db, &member.name, "made new recovery codes", "", "", now)
    })?;
    Ok(codes)
}

/// Signs in who holds the ticket of a right password, by their code or one of their recovery codes.
///
/// [`Entry::Code`] where it was wrong and may be tried again; [`Entry::Refused`] where the ticket is worth nothing (any
/// more): its time is over, or the account was locked.
pub fn enter_code(store: &Store, ticket: &Opaque, code: &str, visitor: &Visitor, now: DateTime<Utc>) -> Result<Entry> {
    let digest = ticket.digest();
    store.write(|db| {
        let step = HalfStep::find(db, &digest, HalfStepKind::Code, now)?;
        let member = step.and_then(|step| step.member).map(|id| Member::find(db, id)).transpose()?.flatten();
        let Some(member) = member.filter(|member| member.closed_at.is_none() && !is_locked(member, now)) else {
            return Ok(Entry::Refused);
        };
        let Some(how) = spend(db, &member, code, now)? else {
            let is_locked = count_failure(db, &member, visitor, now)?;
            return Ok(if is_locked { Entry::Refused } else { Entry::Code(ticket.clone()) });
        };
        HalfStep::take(db, &digest, HalfStepKind::Code, now)?;
        admit(db, &member, how, visitor, now).map(Entry::In)
    })
}

/// Uses up a code, and says which kind it is; `None` where it is none, or was used before.
fn spend(db: &Db, member: &Member, code: &str, now: DateTime<Utc>) -> Result<Option<&'static str>> {
    let secret = CodeSecret(member.totp.clone());
    if let Some(step) = secret.step_of(&digits(code), now)? {
        // Each once: who saw it over a shoulder comes too late (RFC 6238 §5.2).
        return Ok(Member::spend_totp(db, member.id, step)?.then_some(""));
    }
    Ok(RecoveryCode::spend(db, member.id, &digest(code))?.then_some("by a recovery code"))
}

fn keep(db: &Db, member: MemberId, codes: &[String]) -> Result<()> {
    let digests: Vec<SecretDigest> = codes.iter().map(|code| digest(code)).collect();
    RecoveryCode::replace(db, member, &digests)
}

/// However it was copied: with spaces, without dashes, in small letters.
fn digest(code: &str) -> SecretDigest {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    Sha256::digest(letters.to_ascii_uppercase().as_bytes()).into()
}

/// A code as apps show it, `123 456`, without what parts its digits.
fn digits(code: &str) -> String {
    code.chars().filter(|one| !one.is_whitespace()).collect()
}

fn fresh_codes() -> Result<Vec<String>> {
    let code = |_| {
        let letters = BASE32_NOPAD.encode(&random::<SECRET_BYTES>()?);
        let groups: Vec<&str> = (0..CODE_LETTERS).step_by(5).map(|at| &letters[at..at + 5]).collect();
        Ok(groups.join("-"))
    };
    (0..RECOVERY_CODES).map(code).collect()
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the system gave no random bytes for a secret")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::door::tests::{PASSWORD, at, come, known, store, visitor};
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn rfc() -> CodeSecret {
        CodeSecret::read(&BASE32_NOPAD.encode(b"12345678901234567890")).unwrap()
    }

    #[test]
    fn knows_the_codes_of_the_standard() {
        let step = |code: &str, at: i64| rfc().step_of(code, DateTime::from_timestamp(at, 0).unwrap()).unwrap();
        // Eight digits there, of which apps show the last six.
        assert_eq!(step("287082", 59), Some(1));
        assert_eq!(step("081804", 1_111_111_109), Some(37_037_036));
        assert_eq!(step("081804", 1_111_111_109 + 30), Some(37_037_036), "a clock that is late");
        assert_eq!(step("081804", 1_111_111_109 + 90), None);
        for wrong in ["", "28708", "2870822", "28708x", "287083", "+87082"] {
            assert_eq!(step(wrong, 59), None, "{wrong:?}");
        }
        assert_eq!(
            rfc().url("Harmattan: Press", "Ama Añuli").unwrap(),
            "otpauth://totp/Harmattan%20%20Press:Ama%20A%C3%B1uli?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Harmattan%20%20Press"
        );
    }

    fn code_at(minutes: i64) -> String {
        let totp = rfc().builder().unwrap().build().unwrap();
        totp.generate(u64::try_from(at(minutes).timestamp()).unwrap()).to_string()
    }

    #[test]
    fn a_code_is_asked_for_after_the_password_and_counts_once() {
        let (_dir, store) = store();
        known(&store);
        let ama = store.read(|db| Member::named(db, "Ama")).unwrap().unwrap();
        assert_eq!(add_code(&store, &ama, &rfc(), "000000", at(10)).unwrap(), None);
        let recovery = add_code(&store, &ama, &rfc(), &code_at(10), at(10)).unwrap().unwrap();
        let ticket = |minute| match come(&store, PASSWORD, at(minute)).unwrap() {
            Entry::Code(ticket) => ticket,
            other => panic!("{other:?}"),
        };
        let enter =
            |ticket: &Opaque, code: &str, minute| enter_code(&store, ticket, code, &visitor(), at(minute)).unwrap();
        let first = ticket(10);
        assert_eq!(enter(&first, &code_at(10), 10), Entry::Code(first.clone()), "it confirmed the secret already");
        assert!(matches!(enter(&first, &format!(" {} ", code_at(12)), 12), Entry::In(_)));
        assert_eq!(enter(&first, &code_at(13), 13), Entry::Refused, "a ticket is good once");
        let second = ticket(12);
        assert_eq!(enter(&second, &code_at(12), 12), Entry::Code(second.clone()), "and so is a code");
        assert_eq!(enter(&second, &code_at(17), 17), Entry::Refused, "five minutes are over");
        // However it is copied.
        assert!(matches!(enter(&ticket(20), &recovery[3].to_lowercase().replace('-', " "), 20), Entry::In(_)));
        let third = ticket(21);
        assert_eq!(enter(&third, &recovery[3], 21), Entry::Code(third.clone()), "used");
        let renewed = renew_recovery_codes(&store, &ama, at(21)).unwrap();
        assert_eq!(enter(&third, &recovery[4], 21), Entry::Code(third.clone()), "replaced");
        assert!(matches!(enter(&third, &renewed[0], 21), Entry::In(_)));
        remove_code(&store, &ama, at(22)).unwrap();
        assert!(matches!(come(&store, PASSWORD, at(22)).unwrap(), Entry::In(_)));
    }

    #[test]
    fn wrong_codes_lock_the_account_whatever_right_passwords_stand_between_them() {
        let (_dir, store) = store();
        known(&store);
        let ama = store.read(|db| Member::named(db, "Ama")).unwrap().unwrap();
        add_code(&store, &ama, &rfc(), &code_at(10), at(10)).unwrap().unwrap();
        for number in 1..=5 {
            let Entry::Code(ticket) = come(&store, PASSWORD, at(12)).unwrap() else { panic!("refused after {number}") };
            let entry = enter_code(&store, &ticket, "000000", &visitor(), at(12)).unwrap();
            assert_eq!(entry == Entry::Refused, number == 5, "{number}");
        }
        assert_eq!(come(&store, PASSWORD, at(12)).unwrap(), Entry::Refused);
        let Entry::Code(ticket) = come(&store, PASSWORD, at(13)).unwrap() else { panic!("locked for a minute") };
        assert!(matches!(enter_code(&store, &ticket, &code_at(13), &visitor(), at(13)).unwrap(), Entry::In(_)));
    }
}
