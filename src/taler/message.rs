//! Signed messages: what Taler's Ed25519 signatures are made over.
//!
//! ```text
//! size u32 BE, of all of it │ purpose u32 BE │ body, packed
//! ```
//!
//! | purpose | message | bytes |
//! |---|---|---|
//! | 1017 | an AML officer's key, by the exchange's master key | 116 |
//! | 1044 | an account has done KYC | 80 (2021), 48 |
//! | 1205 | a wallet asks for KYC | 8 (2021), 32 |
//! | 1350 | an AML decision | 312 |
//! | 1351 | an AML officer asks | 8 |
//! | 1360 | an account's owner asks | 8 |
//! | 1370, by choice | kyc-bulk: a document belongs to a customer | 136, 104 |
//!
//! Source: GANA `gnunet-signatures`, 2023-02; exchange `src/util/*_signatures.c`, 2024-12.

mod bulk;
mod key;

use sha2::{Digest as _, Sha512};

use super::amount::Amount;
use super::h_payto::HPayto;
use super::timestamp::Timestamp;

pub use bulk::{BulkBinding, BulkLayout};
pub use key::{PublicKey, Signature, SigningKey};

/// `TALER_SIGNATURE_MASTER_AML_KEY`.
pub const MASTER_AML_KEY: u32 = 1017;
/// `TALER_SIGNATURE_EXCHANGE_ACCOUNT_SETUP_SUCCESS`.
pub const ACCOUNT_SETUP_SUCCESS: u32 = 1044;
/// `TALER_SIGNATURE_WALLET_ACCOUNT_SETUP`.
pub const WALLET_ACCOUNT_SETUP: u32 = 1205;
/// `TALER_SIGNATURE_AML_DECISION`.
pub const AML_DECISION: u32 = 1350;
/// `TALER_SIGNATURE_AML_QUERY`.
pub const AML_QUERY: u32 = 1351;
/// `TALER_SIGNATURE_KYC_AUTH`; the number is from memory, no public list of 2023-02 has it.
pub const KYC_AUTH: u32 = 1360;

/// Bytes of the header.
const HEADER_BYTES: usize = 8;

/// A message as it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(Vec<u8>);

/// What an AML officer decides; the hashes are those of the request's members.
#[derive(Clone, Copy, Debug)]
pub struct AmlDecision {
    /// When.
    pub decision_time: Timestamp,
    /// Whose account: the normalized hash.
    pub h_payto: [u8; 32],
    /// SHA-512 of the justification, without NUL.
    pub h_justification: [u8; 64],
    /// SHA-512 of the properties' canonical JSON with NUL; zeros if there are none.
    pub h_properties: [u8; 64],
    /// SHA-512 of the rules' canonical JSON with NUL.
    pub h_new_rules: [u8; 64],
    /// SHA-512 of the measures' names, without NUL; zeros if there are none.
    pub h_new_measures: [u8; 64],
    /// Whether the investigation goes on.
    pub keep_investigating: bool,
}

/// An AML officer as the exchange's master key enters them.
#[derive(Clone, Copy, Debug)]
pub struct AmlOfficer<'a> {
    /// When this is from.
    pub change_date: Timestamp,
    /// The officer's key.
    pub key: PublicKey,
    /// The officer's name.
    pub name: &'a str,
    /// Whether they may do anything.
    pub is_active: bool,
    /// Whether they may only look.
    pub is_read_only: bool,
}

impl Message {
    /// Of a purpose and the parts of its body, at most 4 GiB.
    pub fn new(purpose: u32, body: &[&[u8]]) -> Self {
        let size = HEADER_BYTES + body.iter().map(|part| part.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(size);
        bytes.extend((size as u32).to_be_bytes());
        bytes.extend(purpose.to_be_bytes());
        for part in body {
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }

    /// 1044: the account has done KYC by `now`. 80 bytes for the 64-byte hash of 2021, else 48: an
    /// answer has the form of the request.
    pub fn account_setup_success(h_payto: &HPayto, now: Timestamp) -> Self {
        Self::new(ACCOUNT_SETUP_SUCCESS, &[h_payto.as_bytes(), &now.micros().to_be_bytes()])
    }

    /// 1205: a wallet asks for KYC; without an amount in 2021.
    pub fn wallet_account_setup(balance: Option<&Amount>) -> Self {
        match balance {
            None => Self::new(WALLET_ACCOUNT_SETUP, &[]),
            Some(balance) => Self::new(WALLET_ACCOUNT_SETUP, &[&balance.to_bytes()]),
        }
    }

    /// 1360: whoever signs this has the account's key. The same for ever: proves possession only.
    pub fn kyc_auth() -> Self {
        Self::new(KYC_AUTH, &[])
    }

    /// 1351: whoever signs this has the officer's key. The same for ever.
    pub fn aml_query() -> Self {
        Self::new(AML_QUERY, &[])
    }

    /// 1350, as of 2024-12.
    pub fn aml_decision(decision: &AmlDecision) -> Self {
        Self::new(
            AML_DECISION,
            &[
                &decision.decision_time.micros().to_be_bytes(),
                &decision.h_payto,
                &decision.h_justification,
                &decision.h_properties,
                &decision.h_new_rules,
                &decision.h_new_measures,
                &u64::from(decision.keep_investigating).to_be_bytes(),
            ],
        )
    }

    /// 1017.
    pub fn master_aml_key(officer: &AmlOfficer<'_>) -> Self {
        let flags = u32::from(officer.is_active) | u32::from(officer.is_read_only) << 1;
        Self::new(
            MASTER_AML_KEY,
            &[
                &officer.change_date.micros().to_be_bytes(),
                officer.key.as_bytes(),
                &sha512_with_nul(officer.name.as_bytes()),
                &flags.to_be_bytes(),
            ],
        )
    }

    /// As it is signed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// SHA-512 of text or canonical JSON and one NUL: how Taler hashes what it keeps as a C string.
pub fn sha512_with_nul(bytes: &[u8]) -> [u8; 64] {
    Sha512::new().chain_update(bytes).chain_update([0]).finalize().into()
}

#[cfg(test)]
mod tests;
