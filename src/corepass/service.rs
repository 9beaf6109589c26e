//! What every endpoint of the connector uses, and the steps they share.

use std::sync::Arc;

use kyc_events::StreamId;
use kyc_events::corepass::{OrderNo, TRANSFER};
use kyc_events::sealed::{KeyId, SealError, Tag};
use kyc_projections::subjects::{self, Subjects};

use super::callback_style::CallbackStyle;
use super::chain::{Chain, ChainError};
use super::core_id::{CoreId, Network};
use super::error::Error;
use super::field::{Field, parse_items};
use super::transfer::Transfer;
use crate::aggregate::Keys;
use crate::callbacks::egress::Policy;
use crate::clock::Clock;
use crate::engine::{Handle, ReadModels};
use crate::subject::name::Name;
use crate::vault::Vault;

/// The connector. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// The transfers.
    pub transfers: Handle<Transfer>,
    /// The read models.
    pub models: ReadModels,
    /// Keys and seals.
    pub vault: Arc<Vault>,
    /// The chain.
    pub chain: Arc<dyn Chain>,
    /// What time it is.
    pub clock: Clock,
    /// Whose Core IDs are good.
    pub network: Network,
    /// How callbacks look.
    pub signing: Arc<CallbackStyle>,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
    /// How the outside reaches us.
    pub public_url: Arc<str>,
    /// Our own Core ID, shown to the user.
    pub requester: CoreId,
    /// Whether PENDING is told.
    pub notify_pending: bool,
}

impl Service {
    /// Checks a Core ID of a request.
    pub fn user(&self, text: &str) -> Result<CoreId, Error> {
        CoreId::parse(text, self.network)
            .map_err(|error| Error::BadRequest(format!("invalid user: {error}")))
    }

    /// Checks the items of a request.
    pub fn items(names: &[String]) -> Result<Vec<Field>, Error> {
        parse_items(names).map_err(|error| Error::BadRequest(error.to_string()))
    }

    /// The stream of a user and item set, in whatever order the items come, in the generation
    /// that the user is in.
    pub fn stream(&self, user: &CoreId, items: &[Field]) -> StreamId {
        self.stream_in(user, items, self.generation(self.subject(user)))
    }

    /// The stream in one generation.
    pub fn stream_in(&self, user: &CoreId, items: &[Field], generation: u32) -> StreamId {
        let mut names: Vec<&str> = items.iter().map(|item| item.name()).collect();
        names.sort_unstable();
        let mut value = format!("{}\0{}", user.as_str(), names.join(","));
        if generation > 0 {
            value = format!("{value}\0{generation}");
        }
        let key = self.vault.pseudonym(TRANSFER, value.as_bytes()).to_hex();
        StreamId::new(TRANSFER, &key).expect("invariant: hex is a good key")
    }

    /// The subject behind a Core ID.
    pub fn subject(&self, user: &CoreId) -> Tag {
        Name::corepass(user).tag(self.vault.master())
    }

    /// How often the subject was erased.
    pub fn generation(&self, subject: Tag) -> u32 {
        let row = self.models.of::<Subjects>().query(|rows| subjects::find(rows, subject));
        row.map_or(0, |row| row.generation)
    }

    /// The subject's key: the one it has, or a fresh one.
    pub fn key_of(&self, subject: Tag, generation: u32) -> Result<KeyId, Error> {
        let failed = |error: SealError| Error::Unavailable(error.to_string());
        let row = self.models.of::<Subjects>().query(|rows| subjects::find(rows, subject));
        let known = row.filter(|row| row.generation == generation).and_then(|row| row.key);
        if let Some(key) = known
            && self.vault.holds(key).map_err(failed)?
        {
            return Ok(key);
        }
        self.vault.key_for(subject, generation).map_err(failed)
    }

    /// Asks the chain, off the reactor.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Chain) -> Result<T, ChainError> + Send + 'static,
    ) -> Result<T, ChainError> {
        let chain = Arc::clone(&self.chain);
        tokio::task::spawn_blocking(move || question(&*chain))
            .await
            .map_err(|error| ChainError(error.to_string()))?
    }

    /// A fresh key for something of its own.
    pub fn fresh_key(&self) -> Result<KeyId, String> {
        self.vault.fresh().map_err(|error| error.to_string())
    }
}

/// The id of an order, as it stands in the link: the stream's key and the order's number.
pub fn order_id(stream: &StreamId, order: OrderNo) -> String {
    format!("{}-{order}", stream.key())
}

/// The order behind an id; `None` if it cannot be one.
pub fn parse_order_id(id: &str) -> Option<(StreamId, OrderNo)> {
    let (key, order) = id.split_once('-')?;
    let hex = key.len() == 64 && key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let order = order.parse().ok().filter(|n| *n > 0 && order.len() <= 10)?;
    if hex { Some((StreamId::new(TRANSFER, key).ok()?, order)) } else { None }
}
