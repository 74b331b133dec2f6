use std::convert::Infallible;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use webauthn_rp::bin::{Decode, Encode};
use webauthn_rp::request::auth::AuthenticationVerificationOptions;
use webauthn_rp::request::register::{
    CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, UserHandle64, Username,
};
use webauthn_rp::request::{AsciiDomain, PublicKeyCredentialDescriptor, RpId};
use webauthn_rp::response::register::{CompressedPubKey, DynamicState, StaticState};
use webauthn_rp::response::{AuthTransports, CredentialId};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication64, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions, PublicKeyCredentialCreationOptions, Registration, RegistrationServerState,
};

use super::door::{Entry, Visitor, admit};
use super::secret::Opaque;
use crate::config::HttpUrl;
use crate::store::{AuditEntry, HalfStep, HalfStepKind, Member, Passkey, Store};

/// As long as the browser is told to wait for the authenticator.
const ANSWER_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// Bytes of an account's name for authenticators, all that WebAuthn allows.
const HANDLE: usize = 64;

/// Signing in by a key on somebody's device that is unlocked there, by a finger or a PIN (WebAuthn level 3): discoverable,
/// so that no name is typed, and always with user verification, so that no code is wanted beside it.
///
/// The relying party is the host of the desk's public address: a key made for it is of no use to any other site.
#[derive(Debug)]
pub struct Passkeys {
    party: RpId,
    origin: String,
}

/// A ceremony that has begun: what the browser is to do, and the ticket that goes with its answer.
#[derive(Debug)]
pub struct Ceremony {
    pub ticket: Opaque,
    /// For `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    pub options: Value,
}

type Key = StaticState<CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>>;

impl Passkeys {
    /// `None` where the address has no host name but an IP address, which WebAuthn does not know.
    pub fn at(public_url: &HttpUrl) -> Option<Self> {
        let url = public_url.as_url();
        let domain = AsciiDomain::try_from(url.domain()?.to_owned()).ok()?;
        Some(Self { party: RpId::Domain(domain), origin: url.origin().ascii_serialization() })
    }

    /// Begins to add one of somebody's.
    pub fn begin_adding(&self, store: &Store, member: &Member, now: DateTime<Utc>) -> Result<Ceremony> {
        let known = store.read(|db| Passkey::of(db, member.id))?;
        let handle = match known.first() {
            Some(passkey) => handle(&passkey.handle)?,
            None => UserHandle64::new(),
        };
        let user_name = user_name(&member.name);
        let user = PublicKeyCredentialUserEntity {
            name: Username::try_from(user_name.as_str()).context("the name can't be told to an authenticator")?,
            id: &handle,
            display_name: Nickname::try_from(member.name.as_str()).ok(),
        };
        // None twice on one authenticator, however the browser reaches it.
        let transports = AuthTransports::decode(0).context("no transports can be told")?;
        let known = known.into_iter().filter_map(|passkey| CredentialId::decode(passkey.id).ok());
        let known = known.map(|id| PublicKeyCredentialDescriptor { id, transports }).collect();
        let mut options = PublicKeyCredentialCreationOptions::passkey(&self.party, user, known);
        // Many phones and laptops can't promise it, and are turned away where it is asked for. What it is for, that
        // nobody signs in without unlocking the device, is looked at in every answer.
        options.extensions.cred_protect = CredProtect::None;
        let begun = options.start_ceremony();
        let (server, client) = begun.map_err(|error| anyhow!("a passkey can't be asked for: {error}"))?;
        let state = server.encode().context("the system's clock stands before 1970")?;
        let step = HalfStep { kind: HalfStepKind::NewPasskey, member: Some(member.id), state };
        keep(store, &step, serde_json::to_value(&client)?, now)
    }

    /// Keeps the passkey that a browser answered with. `false` where the answer does not fit what was begun.
    pub fn add(
        &self,
        store: &Store,
        member: &Member,
        (ticket, answer): (&Opaque, &str),
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let begun = store.write(|db| HalfStep::take(db, &ticket.digest(), HalfStepKind::NewPasskey, now))?;
        let Some(begun) = begun.filter(|begun| begun.member == Some(member.id)) else { return Ok(false) };
        let state = RegistrationServerState::<HANDLE>::decode(&begun.state).context("reading what was begun")?;
        let Ok(answer) = Registration::from_json_relaxed(answer.as_bytes()) else { return Ok(false) };
        let origins = [self.origin.as_str()];
        let options = RegistrationVerificationOptions::<&str, &str> { allowed_origins: &origins, ..Default::default() };
        let made = match state.verify(&self.party, &answer, &options) {
            Ok(made) => made,
            Err(error) => {
                tracing::warn!("a new passkey was refused: {error}");
                return Ok(false);
            }
        };
        let passkey = Passkey {
            id: made.id().as_ref().to_vec(),
            member: member.id,
            handle: made.user_id().as_ref().to_vec(),
            name: name.to_owned(),
            public_key: always(made.static_state().encode()),
            use_state: always(made.dynamic_state().encode()).to_vec(),
            created_at: now,
            used_at: None,
        };
        store.write(|db| {
            if !passkey.add(db)? {
                return Ok(false);
            }
            AuditEntry::add(db, &member.name, "added a passkey", name, "", now)?;
            Ok(true)
        })
    }

    /// Begins to sign in whoever has a passkey.
    pub fn begin_signing_in(&self, store: &Store, now: DateTime<Utc>) -> Result<Ceremony> {
        let begun = DiscoverableCredentialRequestOptions::passkey(&self.party).start_ceremony();
        let (server, client) = begun.map_err(|error| anyhow!("a passkey can't be asked for: {error}"))?;
        let state = server.encode().context("the system's clock stands before 1970")?;
        let step = HalfStep { kind: HalfStepKind::Passkey, member: None, state };
        keep(store, &step, serde_json::to_value(&client)?, now)
    }

    /// Signs in who has the passkey that answers what was begun.
    pub fn sign_in(
        &self,
        store: &Store,
        (ticket, answer): (&Opaque, &str),
        visitor: &Visitor,
        now: DateTime<Utc>,
    ) -> Result<Entry> {
        let begun = store.write(|db| HalfStep::take(db, &ticket.digest(), HalfStepKind::Passkey, now))?;
        let Some(begun) = begun else { return Ok(Entry::Refused) };
        let state = DiscoverableAuthenticationServerState::decode(&begun.state).context("reading what was begun")?;
        let Ok(answer) = DiscoverableAuthentication64::from_json_relaxed(answer.as_bytes()) else {
            return Ok(Entry::Refused);
        };
        let handle = *answer.response().user_handle();
        let (id, named) = (answer.raw_id().as_ref().to_vec(), handle.as_ref().to_vec());
        let Some(passkey) = store.read(|db| Passkey::find(db, &id, &named))? else { return Ok(Entry::Refused) };
        let use_state: [u8; 7] = passkey.use_state.as_slice().try_into().context("a passkey is spoilt in the store")?;
        let key = Key::decode(&passkey.public_key).context("a passkey is spoilt in the store")?;
        let uses = DynamicState::decode(use_state).context("a passkey is spoilt in the store")?;
        let credential = AuthenticatedCredential::new(answer.raw_id(), &handle, key, uses);
        let mut credential = credential.map_err(|error| anyhow!("a passkey is spoilt in the store: {error}"))?;
        let origins = [self.origin.as_str()];
        let options =
            AuthenticationVerificationOptions::<&str, &str> { allowed_origins: &origins, ..Default::default() };
        if let Err(error) = state.verify(&self.party, &answer, &mut credential, &options) {
            tracing::warn!("a passkey was refused: {error}");
            return Ok(Entry::Refused);
        }
        let use_state = always(credential.dynamic_state().encode());
        store.write(|db| {
            // Again: it may have been removed, or the account closed, meanwhile.
            let Some(passkey) = Passkey::find(db, &id, &named)? else { return Ok(Entry::Refused) };
            let member = Member::find(db, passkey.member)?.filter(|member| member.closed_at.is_none());
            let Some(member) = member else { return Ok(Entry::Refused) };
            Passkey::mark_used(db, &id, &use_state, now)?;
            admit(db, &member, &format!("by the passkey “{}”", passkey.name), visitor, now).map(Entry::In)
        })
    }
}

fn keep(store: &Store, step: &HalfStep, options: Value, now: DateTime<Utc>) -> Result<Ceremony> {
    let ticket = Opaque::new()?;
    store.write(|db| step.begin(db, &ticket.digest(), now, now + ANSWER_WITHIN))?;
    Ok(Ceremony { ticket, options })
}

fn handle(bytes: &[u8]) -> Result<UserHandle64> {
    let bytes: [u8; HANDLE] = bytes.try_into().context("a passkey is spoilt in the store")?;
    Ok(always(UserHandle64::decode(bytes)))
}

/// A name as authenticators take it (RFC 8265, UsernameCasePreserved): no spaces, nothing that is no letter in no script.
fn user_name(name: &str) -> String {
    let plain: String = name.chars().map(|one| if one.is_alphanumeric() { one } else { '.' }).collect();
    if Username::try_from(plain.as_str()).is_ok() { plain } else { "desk".to_owned() }
}

fn always<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relying_party_is_the_host_of_the_public_address() {
        let at =
            |url: &str| Passkeys::at(&HttpUrl::parse(url).unwrap()).map(|it| (it.party.as_ref().to_owned(), it.origin));
        let found = at("https://Brief.example.org/sub").unwrap();
        assert_eq!(found, ("brief.example.org".to_owned(), "https://brief.example.org".to_owned()));
        let found = at("http://localhost:8080").unwrap();
        assert_eq!(found, ("localhost".to_owned(), "http://localhost:8080".to_owned()));
        assert_eq!(at("http://127.0.0.1:8080"), None);
    }

    #[test]
    fn every_name_can_be_told_to_an_authenticator() {
        for (name, told) in [("Ama", "Ama"), ("Ama Añuli", "Ama.Añuli"), ("አማ", "አማ"), ("…", ".")] {
            assert_eq!(user_name(name), told);
            assert!(Username::try_from(user_name(name).as_str()).is_ok());
        }
    }
}
