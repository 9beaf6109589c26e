//! The aggregate of a SEP-12 customer: one stream per identity and generation of the person.
//!
//! ```text
//!           PUT             every change ends with a look at each open type
//!            │
//!            ▼              NEEDS_INFO ⇄ PROCESSING ⇄ ACCEPTED
//!   values, codes, files        │  ▲         │           │        REJECTED is left only by
//!   decisions, requests         └──┴─────────┴───────────┴──►     an operator's decision
//! ```
//!
//! A repeated value is recognised by its tag and changes nothing. What a status follows from
//! stands in `state/judge.rs`; what follows from a status in `story.rs`.
//!
//! Source: SEP-12 1.15.0 (2024-07-23).

mod command;
mod operator;
mod put;
mod reason;
mod state;
mod story;
pub mod view;

#[cfg(test)]
mod tests;

pub use command::{Command, Decision, Kind, Registration, Rejection, Target, Values};
pub use state::{Callback, Field, File, Owner, Refused, Review, State, Transaction};

use kyc_events::Millis;
use kyc_events::sealed::{KeyId, Sealed};
use kyc_events::stellar::{
    CUSTOMER, CallbackSet, CustomerErased, CustomerEvent, FileExpired, FileStored, OwnerIdentified,
    TransactionRegistered, TypeOpened,
};

use crate::aggregate::{Aggregate, Context, IllegalHistory};
use crate::config::limits;
use story::Story;

/// See the module.
pub struct Customer;

impl Aggregate for Customer {
    const KIND: &'static str = CUSTOMER;
    type State = State;
    type Command = Command;
    type Event = CustomerEvent;
    type Rejection = Rejection;

    fn command_name(command: &Command) -> &'static str {
        command.name()
    }

    fn decide(
        state: &State,
        command: &Command,
        context: &mut Context<'_>,
    ) -> Result<Vec<CustomerEvent>, Rejection> {
        if let Command::Erase { generation } = command {
            let erased = CustomerErased { generation: *generation };
            return Ok(state.known().map(|_| erased.into()).into_iter().collect());
        }
        if state.is_erased {
            return Err(Rejection::Erased);
        }
        let mut story = Story::new(state, context);
        match command {
            Command::Put { registration, values } => {
                put::put(&mut story, registration.as_ref(), values)?;
            }
            Command::Verify { codes } => {
                put::verify(&mut story, codes)?;
            }
            Command::Open { kind } if state.is_registered => story.open(kind),
            Command::Open { .. } | Command::Erase { .. } => {}
            Command::StoreFile { registration, document, expires_at } => {
                story.identify(Some(registration))?;
                let unbound = story.state.files.values().filter(|file| !file.is_bound).count();
                if story.state.files.contains_key(&document.file) {
                    return Ok(Vec::new());
                }
                if unbound >= limits::FILES_UNBOUND_MAX {
                    return Err(Rejection::TooManyFiles);
                }
                story.note(FileStored { document: document.clone(), expires_at: *expires_at });
            }
            Command::ExpireFile { file } => {
                let due = |one: &File| !one.is_bound && one.expires_at <= story.context.now;
                if story.state.files.get(file).is_some_and(due) {
                    story.note(FileExpired { file: *file });
                }
            }
            Command::SetCallback { url, lang } => set_callback(&mut story, url, lang)?,
            Command::Claim { review, by } => operator::claim(&mut story, *review, by)?,
            Command::Decide(decision) => operator::decide(&mut story, decision)?,
            Command::RecordCheck { provider, request, verdict, reasons } => {
                operator::record_check(&mut story, provider, *request, *verdict, reasons)?;
            }
            Command::RegisterTransaction { transaction, protocol, kind } => {
                if !state.is_registered {
                    return Err(Rejection::Unknown);
                }
                let wish =
                    Transaction { protocol: *protocol, kind: kind.name.clone(), accepted: None };
                register_transaction(&mut story, transaction, kind, &wish)?;
            }
        }
        story.settle()
    }

    fn evolve(state: &mut State, event: &CustomerEvent, at: Millis) -> Result<(), IllegalHistory> {
        state.apply(event, at)
    }
}

impl Story<'_, '_> {
    /// The customer's key; the owner is identified first if nobody was yet.
    fn identify(&mut self, registration: Option<&Registration>) -> Result<KeyId, Rejection> {
        let Some(owner) = self.state.known() else {
            let new = registration.ok_or(Rejection::Unknown)?;
            let key = new.key.ok_or(Rejection::KeyNeeded)?;
            self.note(OwnerIdentified {
                subject: new.subject,
                key,
                owner: new.owner,
                account: new.account,
                identity: Sealed::open_value(&new.identity),
            });
            return Ok(key);
        };
        match registration {
            Some(new) if new.owner != owner.owner => Err(Rejection::Foreign),
            _ => Ok(owner.key),
        }
    }

    /// Judges the customer as this type from here on, by the rules of now.
    fn open(&mut self, kind: &Kind) {
        let known = self.state.kinds.get(&kind.name);
        if known.is_none_or(|known| known.requirement != kind.requirement) {
            let (kind, requirement) = (kind.name.clone(), kind.requirement.clone());
            self.note(TypeOpened { kind, requirement });
        }
    }
}

/// The same URL again is a new registration once something was told to its end.
fn set_callback(story: &mut Story<'_, '_>, url: &str, lang: &str) -> Result<(), Rejection> {
    let owner = story.state.known().filter(|_| story.state.is_registered);
    let key = owner.ok_or(Rejection::Unknown)?.key;
    let tag = story.tag(&[b"callback", url.as_bytes()])?;
    let stands = |one: &Callback| one.tag == tag && one.lang == lang && one.ended.is_empty();
    if story.state.callback.as_ref().is_some_and(stands) {
        return Ok(());
    }
    let number = story.state.next_callback();
    let url = Sealed::open_value(&url.to_owned());
    story.note(CallbackSet { number, key, url, tag, lang: lang.to_owned() });
    Ok(())
}

fn register_transaction(
    story: &mut Story<'_, '_>,
    id: &str,
    kind: &Kind,
    wish: &Transaction,
) -> Result<(), Rejection> {
    match story.state.transactions.get(id) {
        Some(known) if known.protocol == wish.protocol && known.kind == wish.kind => Ok(()),
        Some(_) => Err(Rejection::TransactionKnown),
        None if story.state.transactions.len() >= limits::TRANSACTIONS_MAX => {
            Err(Rejection::TooManyTransactions)
        }
        None => {
            story.open(kind);
            let (transaction, protocol) = (id.to_owned(), wish.protocol);
            let kind = wish.kind.clone();
            story.note(TransactionRegistered { transaction, protocol, kind });
            Ok(())
        }
    }
}
