//! All read models. A new one is a line here.

use kyc_events::Record;
use serde_json::Value;

use crate::deadlines::Deadlines;
use crate::neuro_accounts::NeuroAccounts;
use crate::neuro_inbox::NeuroInbox;
use crate::neuro_work::NeuroWork;
use crate::outbox::Outbox;
use crate::payment_targets::PaymentTargets;
use crate::projection::{FoldError, Projection};
use crate::reviews::Reviews;
use crate::rows::Rows;
use crate::stellar_customers::StellarCustomers;
use crate::stellar_index::StellarIndex;
use crate::subjects::Subjects;
use crate::table::Table;
use crate::third_parties::ThirdParties;
use crate::transfer_status::TransferStatus;
use crate::transfer_work::TransferWork;

/// One read model.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// See [`Projection::NAME`].
    pub name: &'static str,
    /// See [`Projection::SCHEMA`].
    pub schema: u32,
    /// See [`Projection::TABLES`].
    pub tables: &'static [Table],
    /// See [`Projection::apply`].
    pub apply: fn(&mut Rows, &Record) -> Result<(), FoldError>,
}

impl Entry {
    /// The entry of a projection.
    pub const fn of<P: Projection>() -> Self {
        Self { name: P::NAME, schema: P::SCHEMA, tables: P::TABLES, apply: P::apply }
    }

    /// Its rows, by table, as JSON for people: `{table: {key: row}}`.
    pub fn shown(&self, rows: &Rows) -> Value {
        self.tables.iter().map(|table| (table.name.to_owned(), table.shown(rows))).collect()
    }
}

/// See the module.
pub const ALL: &[Entry] = &[
    Entry::of::<TransferStatus>(),
    Entry::of::<TransferWork>(),
    Entry::of::<Outbox>(),
    Entry::of::<Deadlines>(),
    Entry::of::<Subjects>(),
    Entry::of::<Reviews>(),
    Entry::of::<StellarCustomers>(),
    Entry::of::<StellarIndex>(),
    Entry::of::<PaymentTargets>(),
    Entry::of::<ThirdParties>(),
    Entry::of::<NeuroAccounts>(),
    Entry::of::<NeuroInbox>(),
    Entry::of::<NeuroWork>(),
];

/// Those of `entries` that are called `only`, or all; `None` if there is none of that name.
pub fn named<'a>(entries: &'a [Entry], only: Option<&str>) -> Option<Vec<&'a Entry>> {
    let wanted = |entry: &&Entry| only.is_none_or(|name| entry.name == name);
    let found: Vec<_> = entries.iter().filter(wanted).collect();
    (only.is_none() || !found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_read_models_share_a_name_or_the_name_of_a_keyspace() {
        for (index, entry) in ALL.iter().enumerate() {
            assert!(ALL[..index].iter().all(|other| other.name != entry.name), "{}", entry.name);
            let plain = |b: u8| b.is_ascii_lowercase() || b == b'_';
            assert!(entry.name.bytes().all(plain), "{}", entry.name);
        }
    }

    #[test]
    fn a_name_that_nobody_has_is_noticed() {
        assert_eq!(named(ALL, None).map(|found| found.len()), Some(ALL.len()));
        assert_eq!(named(ALL, Some("outbox")).map(|found| found.len()), Some(1));
        assert!(named(ALL, Some("inbox")).is_none());
    }
}
