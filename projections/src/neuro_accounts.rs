//! Whose is a Neuron identity, an attachment or a code, and who may make accounts?
//!
//! Pseudonyms and ids only. Who was erased leaves no row.

mod accounts;
mod identities;

pub use accounts::{
    Account, ApiKey, SentCode, account, api_key, api_keys, by_contact, codes, has_secret,
};
pub use identities::{Identity, count, identities, identity, of_account, of_file, of_person};

use kyc_events::neuro::{ACCOUNT, API_KEY, IDENTITY};
use kyc_events::sealed::KeyId;
use kyc_events::{Record, StreamId};
use uuid::Uuid;

use crate::projection::{FoldError, Projection};
use crate::rows::Rows;
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// See the module.
pub struct NeuroAccounts;

impl Projection for NeuroAccounts {
    const NAME: &'static str = "neuro_accounts";
    const SCHEMA: u32 = 1;
    const TABLES: &'static [Table] = &[
        Table::of::<Account>("account", &[Text]),
        Table::of::<StreamId>("contact", &[Text, Text]),
        Table::of::<SentCode>("code", &[Text, Text]),
        Table::of::<KeyId>("secret", &[Text]),
        Table::of::<Uuid>("secret_of", &[Text, Text]),
        Table::of::<ApiKey>("api_key", &[Text]),
        Table::of::<Identity>("identity", &[Text]),
        Table::of::<Uuid>("of", &[Text, Number]),
        Table::of::<Uuid>("person", &[Text, Text]),
        Table::of::<StreamId>("file", &[Text]),
        Table::of::<Uuid>("file_of", &[Text, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        match record.stream.kind() {
            ACCOUNT => accounts::account_event(rows, record),
            API_KEY => accounts::api_key_event(rows, record),
            IDENTITY => identities::apply(rows, record),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
