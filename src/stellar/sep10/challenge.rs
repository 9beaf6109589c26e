//! Challenges: made, read back, and judged by who signed them. Pure: time, randomness and what the
//! ledger says come in.
//!
//! ```text
//! transaction   source server, sequence 0, valid from now for 900 s, memo: none or the client's id
//!   operation 1   client         "<home domain> auth"   = base64 of 48 random bytes
//!   operation 2   server         "web_auth_domain"      = our web auth domain
//!   operation 3   client domain  "client_domain"        = that domain; if one was named
//! signatures    server; then the client's and the client domain's
//! ```
//!
//! Sequence 0 makes sure that no ledger ever carries it out.

mod issue;
mod read;
mod signatures;

use sha2::{Digest, Sha256};
use stellar_xdr::{DecoratedSignature, MuxedAccount, MuxedAccountMed25519, Uint256};

pub use issue::{Asked, CannotIssue};
pub use signatures::Authority;

use crate::stellar::account::{Account, AccountKey};
use crate::stellar::caller::Caller;
use crate::stellar::signing_key::SigningKey;

/// Longest name or text value in an operation, bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest home domain, bytes: ` auth` follows it in a name.
pub const HOME_DOMAIN_BYTES_MAX: usize = NAME_BYTES_MAX - " auth".len();

const WEB_AUTH_DOMAIN: &str = "web_auth_domain";
const CLIENT_DOMAIN: &str = "client_domain";

/// Who makes the challenges.
#[derive(Debug, Clone)]
pub struct Party {
    /// The key behind `SIGNING_KEY`.
    pub key: SigningKey,
    /// Which network's transactions these are.
    pub network_passphrase: String,
    /// The domains it speaks for, at most 59 bytes each; the first is the default one.
    pub home_domains: Vec<String>,
    /// Host, and port unless it is the scheme's own, of `WEB_AUTH_ENDPOINT`; at most 64 bytes.
    pub web_auth_domain: String,
}

impl Party {
    /// The home domain meant, the default one if none is named; `None` if it is not one of ours.
    pub fn home_domain(&self, named: Option<&str>) -> Option<&str> {
        let mut ours = self.home_domains.iter().map(String::as_str);
        match named {
            None => ours.next(),
            Some(named) => ours.find(|domain| *domain == named),
        }
    }

    fn network_id(&self) -> [u8; 32] {
        Sha256::digest(self.network_passphrase.as_bytes()).into()
    }
}

/// A challenge of ours that came back: well formed, in time, and with our signature on it. Who else
/// signed it is not judged yet.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// What was signed; also what a second use is recognised by.
    pub hash: [u8; 32],
    /// Who wants in.
    pub client: Account,
    /// The memo, never beside a muxed account.
    pub memo: Option<u64>,
    /// The home domain it is for.
    pub home_domain: String,
    /// The wallet's domain, if it named one.
    pub client_domain: Option<String>,
    /// The last second in which it is good, since 1970.
    pub expires_at_s: u64,
    server: AccountKey,
    client_key: AccountKey,
    client_domain_key: Option<AccountKey>,
    /// All but our own one.
    signatures: Vec<DecoratedSignature>,
}

impl Challenge {
    /// Whom a token for it speaks of.
    pub fn caller(&self) -> Caller {
        Caller { account: self.client, memo: self.memo }
    }

    /// Whose signers have to be known to judge the signatures; a muxed account's are its owner's.
    pub fn client_key(&self) -> AccountKey {
        self.client_key
    }
}

/// Why a challenge gives no token. Tells the client what is wrong, and repeats nothing it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Longer than any challenge.
    #[error("transaction is too long")]
    TooLong,
    /// Not base64, not XDR, or something follows.
    #[error("transaction is not the base64 of a transaction envelope")]
    Malformed,
    /// Version 0, or a fee bump.
    #[error("transaction is not a version 1 transaction")]
    NotV1,
    /// Not ours.
    #[error("transaction source is not the server's account")]
    Source,
    /// It could be carried out.
    #[error("transaction sequence number is not 0")]
    Sequence,
    /// None, open-ended, or of another kind.
    #[error("transaction has no finite time bounds")]
    TimeBounds,
    /// Before the first second.
    #[error("transaction is not valid yet")]
    Early,
    /// After the last second.
    #[error("transaction is expired")]
    Expired,
    /// Operation 1 is missing, of another kind, or has no source.
    #[error("first operation is not a manage data operation of a client account")]
    FirstOperation,
    /// Operation 1 names no home domain of ours.
    #[error("first operation is not for a home domain of this server")]
    HomeDomain,
    /// Operation 1's value.
    #[error("first operation does not hold the base64 of 48 bytes")]
    Nonce,
    /// A text, hash or return memo.
    #[error("transaction memo is not of type id")]
    Memo,
    /// Both.
    #[error("transaction has a memo and its client account is muxed")]
    MemoBesideMuxed,
    /// A later operation is of another kind.
    #[error("an operation is not a manage data operation")]
    Operation,
    /// A later operation's source.
    #[error("an operation's source is not the server's account")]
    OperationSource,
    /// Missing or not ours.
    #[error("web_auth_domain is missing or is not this server's")]
    WebAuthDomain,
    /// Twice, without a value, or without a plain source.
    #[error("client_domain is malformed")]
    ClientDomain,
    /// Missing or wrong.
    #[error("transaction is not signed by the server")]
    ServerSignature,
    /// Nobody signed who may.
    #[error("transaction is not signed by the client")]
    ClientSignature,
    /// The wallet's domain did not sign.
    #[error("transaction is not signed by the client domain")]
    ClientDomainSignature,
    /// Of a stranger, or of somebody who signed already, or of another transaction.
    #[error("transaction has a signature that is not a signer's, or one twice")]
    UnknownSignature,
    /// Too little weight.
    #[error("signatures do not reach the account's medium threshold")]
    Weight,
    /// A token was given for it.
    #[error("transaction was used already")]
    Used,
}

/// The account as it stands in a transaction; a contract cannot.
fn to_xdr(account: &Account) -> Option<MuxedAccount> {
    match account {
        Account::Key(key) => Some(plain(key)),
        Account::Muxed(key, id) => Some(MuxedAccount::MuxedEd25519(MuxedAccountMed25519 {
            id: *id,
            ed25519: Uint256(key.0),
        })),
        Account::Contract(_) => None,
    }
}

fn plain(key: &AccountKey) -> MuxedAccount {
    MuxedAccount::Ed25519(Uint256(key.0))
}

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
