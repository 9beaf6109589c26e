//! The chain, as far as a transfer needs it. Calls may block: they are made off the reactor.

pub mod sandbox;
pub mod transaction;

use kyc_events::corepass::{Info, Stage};

use super::core_id::CoreId;
use super::field::Field;

/// What one order asks of a transaction.
#[derive(Clone, Debug)]
pub struct ChainRequest {
    /// The user.
    pub user: CoreId,
    /// The fields, in the order of the request.
    pub fields: Vec<Field>,
    /// The transfer's number on the chain; a confirm needs it.
    pub transmission: Option<String>,
}

/// A transaction ready to be sent.
#[derive(Clone, Debug)]
pub struct SignedTransaction {
    /// The bytes.
    pub raw: Vec<u8>,
    /// `0x` and 64 hex digits.
    pub tx_hash: String,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The block it is in.
    pub block: u64,
    /// Blocks from that one to the newest, both counted.
    pub confirmations: u64,
    /// Receipt status 1.
    pub success: bool,
    /// For a successful initiate: each request's number on the chain.
    pub transmissions: Vec<String>,
}

/// Why the chain did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the chain does not answer: {0}")]
pub struct ChainError(pub String);

/// `KYCVault` and `KYCTransmitter` (`CorePass/smart-contracts`, November 2022).
pub trait Chain: Send + Sync {
    /// `KYCVault.isVerified` for each field.
    fn verified(&self, user: &CoreId, fields: &[Field]) -> Result<Vec<bool>, ChainError>;

    /// `KYCVault.isValid` for each piece of data.
    fn valid(&self, user: &CoreId, infos: &[Info]) -> Result<Vec<bool>, ChainError>;

    /// Makes and signs a `batchInitiate` or `batchConfirm` transaction.
    fn sign(
        &self,
        stage: Stage,
        nonce: u64,
        requests: &[ChainRequest],
    ) -> Result<SignedTransaction, ChainError>;

    /// Sends it; a transaction the chain knows already is fine.
    fn broadcast(&self, raw: &[u8]) -> Result<(), ChainError>;

    /// What became of it; `None` while it is not in a block.
    fn receipt(&self, tx_hash: &str) -> Result<Option<Receipt>, ChainError>;

    /// Milliseconds between two blocks.
    fn block_time_ms(&self) -> i64;
}
