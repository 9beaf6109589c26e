//! The aggregate of an account: one stream per user name and generation of the person.
//!
//! ```text
//!   created ──right code for each contact──► enabled ──► keys are made, identities applied for
//! ```
//!
//! Names that differ only in the case of their letters are the same. Who logs in with what is checked by whoever
//! has the vault: the password is not in here.

mod command;
mod state;

#[cfg(test)]
mod tests;

pub use command::{Command, NewKey, Registration, Rejection};
pub use state::{ContactState, Key, Owner, State};

use kyc_events::Millis;
use kyc_events::neuro::{
    ACCOUNT, AccountCreated, AccountEnabled, AccountErased, AccountEvent, Channel, ContactVerified,
    KeyCreated, MessagesPopped, VerificationFailed, VerificationRequested,
};
use kyc_events::sealed::{KeyId, SealError, Sealed, Tag};
use kyc_events::stream::Position;

use crate::aggregate::{Aggregate, Context, IllegalHistory, Keys};
use crate::verification_code::{Spent, code_of, expiry, is_same};

/// See the module.
pub struct Account;

type Decided = Result<Vec<AccountEvent>, Rejection>;

impl Aggregate for Account {
    const KIND: &'static str = ACCOUNT;
    type State = State;
    type Command = Command;
    type Event = AccountEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        command.name()
    }

    fn decide(state: &State, command: &Command, context: &mut Context<'_>) -> Decided {
        if let Command::Erase { generation } = command {
            let erased = AccountErased { generation: *generation };
            return Ok(state.owner.as_ref().map(|_| erased.into()).into_iter().collect());
        }
        if state.is_erased {
            return Err(Rejection::Erased);
        }
        match command {
            Command::Create(new) => create(state, new, context),
            Command::SendCodes { channels } => send_codes(state, channels, context),
            Command::Verify { channel, code } => verify(state, *channel, code, context),
            Command::CreateKey(new) => create_key(state, new, context),
            Command::PopMessages { from, through } => pop(state, *from, *through),
            Command::Erase { .. } => Ok(Vec::new()),
        }
    }

    fn evolve(state: &mut State, event: &AccountEvent, at: Millis) -> Result<(), IllegalHistory> {
        state.apply(event, at)
    }
}

/// Recognises what a client calls a key of its: HMAC under the person's key.
pub fn key_tag(keys: &dyn Keys, key: KeyId, key_id: &str) -> Result<Option<Tag>, SealError> {
    keys.tag(key, &[b"neuro key id\0".as_slice(), key_id.as_bytes()].concat())
}

fn create(state: &State, new: &Registration, context: &mut Context<'_>) -> Decided {
    if state.owner.is_some() {
        return Err(Rejection::NameTaken);
    }
    let created = AccountCreated {
        subject: new.subject,
        key: new.key,
        profile: Sealed::open_value(&new.profile),
        contacts: new.contacts.clone(),
        password: new.password,
        api_key: new.api_key.clone(),
    };
    let mut events = vec![created.into()];
    for contact in &new.contacts {
        events.push(request(contact.channel, context));
    }
    // Nobody to reach: nothing to wait for.
    if new.contacts.is_empty() {
        events.push(AccountEnabled {}.into());
    }
    Ok(events)
}

fn request(channel: Channel, context: &mut Context<'_>) -> AccountEvent {
    let (verification, expires_at) = ((context.ids)(), expiry(context.now));
    VerificationRequested { channel, verification, expires_at }.into()
}

/// Asking again at once sends nothing; asking again and again is refused.
fn send_codes(state: &State, channels: &[Channel], context: &mut Context<'_>) -> Decided {
    state.owner()?;
    let mut events = Vec::new();
    for contact in state.contacts.iter().filter(|contact| channels.contains(&contact.channel)) {
        if contact.verified_at.is_some() || !contact.codes_sent_at.is_rested(context.now) {
            continue;
        }
        if !contact.codes_sent_at.has_room(context.now) {
            return Err(Rejection::TooManyCodes);
        }
        events.push(request(contact.channel, context));
    }
    Ok(events)
}

/// Whether the code was right is seen by the state: a wrong one is noted, and that is all.
fn verify(state: &State, channel: Channel, given: &str, context: &mut Context<'_>) -> Decided {
    let key = state.owner()?.key;
    let contact = state.contact(channel).ok_or(Rejection::NothingToVerify)?;
    let due = contact.code.as_ref().ok_or(Rejection::NothingToVerify)?;
    let is_verified = contact.verified_at.is_some();
    match due.spent(context.now) {
        Some(_) if is_verified => return Err(Rejection::NothingToVerify),
        Some(Spent::TooManyWrong) => return Err(Rejection::TooManyWrongCodes),
        Some(Spent::Expired) => return Err(Rejection::CodeExpired),
        None => {}
    }
    let code = code_of(context.keys, key, due.id).map_err(|_| Rejection::KeysUnavailable)?;
    let is_right = is_same(&code.ok_or(Rejection::Erased)?, given);
    let verification = due.id;
    match (is_right, is_verified) {
        (true, true) => Ok(Vec::new()),
        (false, true) => Err(Rejection::NothingToVerify),
        (false, false) => Ok(vec![VerificationFailed { channel, verification }.into()]),
        (true, false) => {
            let mut events = vec![ContactVerified { channel, verification }.into()];
            let mut others = state.contacts.iter().filter(|other| other.channel != channel);
            if others.all(|other| other.verified_at.is_some()) {
                events.push(AccountEnabled {}.into());
            }
            Ok(events)
        }
    }
}

fn create_key(state: &State, new: &NewKey, context: &mut Context<'_>) -> Decided {
    let key = state.enabled()?.key;
    state.has_room_for_key(context.keys, &new.key_id)?;
    let tag = key_tag(context.keys, key, &new.key_id).map_err(|_| Rejection::KeysUnavailable)?;
    let tag = tag.ok_or(Rejection::Erased)?;
    let created = KeyCreated {
        number: state.next_key(),
        key,
        key_id: Sealed::open_value(&new.key_id),
        tag,
        local_name: new.local_name.clone(),
        namespace: new.namespace.clone(),
        public_key: Sealed::open_value(&new.public_key),
        secret: new.secret,
    };
    Ok(vec![created.into()])
}

/// Only who knows what was taken before takes more, so that no two take the same.
fn pop(state: &State, from: Option<Position>, through: Position) -> Decided {
    state.owner()?;
    if state.popped != from {
        return Err(Rejection::Popped);
    }
    if state.popped.is_some_and(|popped| through <= popped) {
        return Ok(Vec::new());
    }
    Ok(vec![MessagesPopped { through }.into()])
}
