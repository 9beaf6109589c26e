//! Transactions of the anchor's platform that wait for a customer. Whose they are is settled when
//! they are registered, once and for all.

use std::sync::Arc;

use kyc_events::StreamId;
use kyc_events::stellar::{CUSTOMER, Protocol, Status};
use kyc_projections::stellar_customers::{self, StellarCustomers};
use tokio::sync::Mutex;

use super::customer::{Command, Customer, Kind, Rejection};
use super::types::{Type, Types};
use crate::engine::handle::{Handle, Origin};
use crate::engine::{self, ReadModels};

const ID_CHARS_MAX: usize = 128;

/// Registers transactions, and knows them. Cheap to clone.
#[derive(Clone)]
pub struct Transactions {
    /// The customers.
    pub customers: Handle<Customer>,
    /// Read models.
    pub models: ReadModels,
    /// The types of customers there are.
    pub types: Arc<Types>,
    /// Ids are looked up and taken one at a time: no two customers get the same.
    pub turn: Arc<Mutex<()>>,
}

/// A transaction to register, as the platform wrote it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The platform's id.
    pub id: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// The customer's id.
    pub customer: String,
    /// What the customer is in it: see [`type_of`].
    pub role: Option<String>,
}

/// A transaction that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The platform's id.
    pub id: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// The customer's id.
    pub customer: String,
    /// The type the customer has to be accepted as.
    pub kind: String,
    /// How the wait ended; `None`: it lasts.
    pub accepted: Option<bool>,
    /// The customer's status as this type.
    pub status: Option<Status>,
}

/// Why a transaction is not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 400.
    #[error("id is 1 to {ID_CHARS_MAX} printable ASCII characters without spaces")]
    Id,
    /// 400.
    #[error("role is sender or receiver for sep31; otherwise nothing, or a type of customer")]
    Role,
    /// 404.
    #[error("no such customer")]
    UnknownCustomer,
    /// 409.
    #[error("the id stands for another transaction")]
    Taken,
    /// 409.
    #[error("too many transactions of this customer")]
    TooMany,
    /// 503. The inner text is for the log.
    #[error("not available")]
    Unavailable(String),
}

impl From<engine::Error<Rejection>> for Error {
    fn from(error: engine::Error<Rejection>) -> Self {
        match error {
            engine::Error::Rejected(Rejection::Unknown | Rejection::Erased) => {
                Self::UnknownCustomer
            }
            engine::Error::Rejected(Rejection::TransactionKnown) => Self::Taken,
            engine::Error::Rejected(Rejection::TooManyTransactions) => Self::TooMany,
            engine::Error::Rejected(other) => Self::Unavailable(other.to_string()),
            other => Self::Unavailable(other.outcome().to_owned()),
        }
    }
}

/// The type of customer a transaction waits for.
///
/// | protocol | role | type |
/// |---|---|---|
/// | SEP-31 | `sender`, `receiver` | `sep31-sender`, `sep31-receiver` |
/// | SEP-6 | none, `customer`, `sender`, `receiver` | `sep6` |
/// | SEP-24 | none, `customer`, `sender`, `receiver` | the default one |
/// | any | name of a type | that type |
pub fn type_of<'t>(types: &'t Types, protocol: Protocol, role: Option<&str>) -> Option<&'t Type> {
    let role = role.filter(|role| !role.is_empty());
    match (protocol, role) {
        (Protocol::Sep31, Some(word @ ("sender" | "receiver"))) => {
            types.find(Some(&format!("sep31-{word}")))
        }
        (Protocol::Sep31, None) => None,
        (Protocol::Sep6, None | Some("customer" | "sender" | "receiver")) => {
            types.find(Some("sep6"))
        }
        (Protocol::Sep24, None | Some("customer" | "sender" | "receiver")) => types.find(None),
        (_, Some(name)) => types.find(Some(name)),
    }
}

impl Transactions {
    /// Registers one; whether it is new. The same once more is no conflict.
    pub async fn register(&self, wish: Wish, origin: Origin) -> Result<(Known, bool), Error> {
        let good = (1..=ID_CHARS_MAX).contains(&wish.id.len())
            && wish.id.bytes().all(|byte| byte.is_ascii_graphic());
        if !good {
            return Err(Error::Id);
        }
        let kind = type_of(&self.types, wish.protocol, wish.role.as_deref()).ok_or(Error::Role)?;
        let unknown = |_| Error::UnknownCustomer;
        let stream = StreamId::new(CUSTOMER, &wish.customer).map_err(unknown)?;
        let _turn = self.turn.lock().await;
        self.caught_up().await?;
        let registered = self
            .models
            .of::<StellarCustomers>()
            .query(|rows| stellar_customers::find(rows, &stream));
        if registered.is_none_or(|customer| !customer.is_registered) {
            return Err(Error::UnknownCustomer);
        }
        if let Some(known) = self.look_up(&wish.id) {
            let is_same = known.customer == stream.key()
                && known.protocol == wish.protocol
                && known.kind == kind.name;
            return if is_same { Ok((known, false)) } else { Err(Error::Taken) };
        }
        let (transaction, protocol) = (wish.id.clone(), wish.protocol);
        let kind = Kind::from(kind);
        let command = Command::RegisterTransaction { transaction, protocol, kind };
        let reply = self.customers.send(&stream, command, origin).await?;
        if let Some(last) = reply.last
            && !self.models.wait_for(last).await
        {
            return Err(Error::Unavailable("the read models lag behind".to_owned()));
        }
        let gone = || Error::Unavailable("a transaction was registered and is gone".to_owned());
        self.look_up(&wish.id).map(|known| (known, true)).ok_or_else(gone)
    }

    /// The transaction of this id.
    pub async fn find(&self, id: &str) -> Result<Option<Known>, Error> {
        self.caught_up().await?;
        Ok(self.look_up(id))
    }

    fn look_up(&self, id: &str) -> Option<Known> {
        self.models.of::<StellarCustomers>().query(|rows| {
            let one = stellar_customers::transaction(rows, id)?;
            let statuses = stellar_customers::statuses(rows, &one.stream);
            let status = statuses.into_iter().find(|(kind, _)| *kind == one.kind);
            Some(Known {
                id: id.to_owned(),
                protocol: one.protocol,
                customer: one.stream.key().to_owned(),
                kind: one.kind,
                accepted: one.accepted,
                status: status.map(|(_, status)| status),
            })
        })
    }

    async fn caught_up(&self) -> Result<(), Error> {
        let lag = || Error::Unavailable("the read models lag behind".to_owned());
        if self.models.wait_for_all().await { Ok(()) } else { Err(lag()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stellar::types;

    fn named(protocol: Protocol, role: Option<&str>) -> Option<String> {
        let types = Types::new([], types::DEFAULT).expect("shipped");
        type_of(&types, protocol, role).map(|one| one.name.clone())
    }

    #[test]
    fn protocol_and_role_say_which_type_is_waited_for() {
        for (protocol, role, name) in [
            (Protocol::Sep31, Some("sender"), "sep31-sender"),
            (Protocol::Sep31, Some("receiver"), "sep31-receiver"),
            (Protocol::Sep31, Some("sep31-receiver"), "sep31-receiver"),
            (Protocol::Sep6, None, "sep6"),
            (Protocol::Sep6, Some("customer"), "sep6"),
            (Protocol::Sep6, Some("receiver"), "sep6"),
            (Protocol::Sep24, None, "sep12-basic"),
            (Protocol::Sep24, Some("sep12-review"), "sep12-review"),
        ] {
            assert_eq!(named(protocol, role).as_deref(), Some(name), "{protocol:?} {role:?}");
        }
    }

    #[test]
    fn a_payment_has_two_sides_and_one_has_to_be_named() {
        assert_eq!(named(Protocol::Sep31, None), None);
        assert_eq!(named(Protocol::Sep31, Some("")), None);
        assert_eq!(named(Protocol::Sep31, Some("payer")), None);
        assert_eq!(named(Protocol::Sep6, Some("payer")), None);
    }
}
