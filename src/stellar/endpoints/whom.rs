//! Whom a request means, and whether its sender may speak of them.
//!
//! ```text
//!   transaction_id + type   the customer it waits for, if that is the sender's
//!   id                      that customer, if it is the sender's
//!   account, memo           one of the people behind the sender's account
//!   nothing                 the sender
//! ```

use std::sync::Arc;

use kyc_events::StreamId;
use kyc_projections::stellar_customers::{self, StellarCustomers};
use uuid::Uuid;

use super::body::Form;
use super::service::{NOT_FOUND, Service, stream_of};
use crate::stellar::account::Identity;
use crate::stellar::caller::Caller;
use crate::stellar::customer::State;
use crate::stellar::error::Error;

/// See the module.
pub enum Whom {
    /// A customer that is there, by its id.
    Customer(Uuid),
    /// A person, who may be nobody's customer yet.
    Person(Identity),
}

/// Names of a body that say whom it is about, and how to answer.
pub const NAMES: [&str; 7] =
    ["account", "id", "lang", "memo", "memo_type", "transaction_id", "type"];

impl Service {
    /// Whom a request of this caller means.
    pub async fn whom(&self, caller: &Caller, form: &Form) -> Result<Whom, Error> {
        let id = form.word("id")?;
        let person = [form.text("account")?, form.text("memo")?, form.text("memo_type")?];
        if id.is_some() && person.iter().any(Option::is_some) {
            let text = "'id' stands alone, without 'account', 'memo' and 'memo_type'";
            return Err(Error::BadRequest(text.to_owned()));
        }
        if let Some(transaction) = form.text("transaction_id")? {
            let Some(kind) = form.text("type")? else {
                return Err(Error::BadRequest("'transaction_id' needs a 'type'".to_owned()));
            };
            self.kind(Some(kind))?;
            let found = self.of_transaction(caller, transaction, kind).await?;
            let same = id.is_none_or(|id| Uuid::parse_str(id) == Ok(found));
            return if same { Ok(Whom::Customer(found)) } else { Err(NOT_FOUND) };
        }
        if let Some(id) = id {
            let id = Uuid::parse_str(id).map_err(|_| NOT_FOUND)?;
            self.own(caller, id).await?;
            return Ok(Whom::Customer(id));
        }
        let [account, memo, memo_type] = person;
        Ok(Whom::Person(caller.meant(account, memo, memo_type)?))
    }

    /// The registered customer that is meant.
    pub async fn found(&self, whom: &Whom) -> Result<(StreamId, Arc<State>), Error> {
        let id = self.id(whom);
        let stream = stream_of(id);
        let state = self.state(&stream).await?;
        if state.is_registered && !self.is_erased(id) {
            Ok((stream, state))
        } else {
            Err(NOT_FOUND)
        }
    }

    /// The id of who is meant.
    pub fn id(&self, whom: &Whom) -> Uuid {
        match whom {
            Whom::Customer(id) => *id,
            Whom::Person(person) => self.id_of(person, self.current(person)),
        }
    }

    /// The registered customer of this id, if the caller may speak of it.
    pub async fn own(&self, caller: &Caller, id: Uuid) -> Result<Arc<State>, Error> {
        let state = self.state(&stream_of(id)).await?;
        let is_own = self.is_own(caller, &state) && state.is_registered && !self.is_erased(id);
        if is_own { Ok(state) } else { Err(NOT_FOUND) }
    }

    /// Whether the caller may speak of a customer: as the same person, or, without a memo of its
    /// own, as its account.
    pub fn is_own(&self, caller: &Caller, state: &State) -> bool {
        let own = caller.identity();
        state.known().is_some_and(|owner| match own.memo() {
            Some(_) => owner.owner == self.owner(&own),
            None => owner.account == self.account(&own.owner()),
        })
    }

    async fn of_transaction(
        &self,
        caller: &Caller,
        transaction: &str,
        kind: &str,
    ) -> Result<Uuid, Error> {
        if !self.parts.models.wait_for_all().await {
            return Err(Error::Unavailable("the read models are behind".to_owned()));
        }
        let model = self.parts.models.of::<StellarCustomers>();
        let found = model.query(|rows| stellar_customers::transaction(rows, transaction));
        let found = found.filter(|one| one.kind == kind).ok_or(NOT_FOUND)?;
        let id = super::service::id_of_stream(&found.stream)?;
        self.own(caller, id).await?;
        Ok(id)
    }
}
