//! kyc-bulk: that a document belongs to a customer, signed by a third party.
//!
//! `ExternKycDataBulkBindingPS` is published nowhere. The page of `/kyc-bulk` says: SHA-512 over
//! the body, SHA-512 of the payto URI, no time. What that leaves open can be configured:
//!
//! ```text
//! name             body of the message                                       bytes in all
//! full64           SHA-512(document) │ SHA-512(URI as sent, with NUL)                 136
//! full64-nonul     SHA-512(document) │ SHA-512(URI as sent)                           136
//! full32           SHA-512(document) │ first half of SHA-512(URI as sent, with NUL)   104
//! normalized32     SHA-512(document) │ the URI's normalized hash                      104
//! ```
//!
//! `full64` is the choice: every hash of a URI in Taler is over its NUL too, and the page says
//! SHA-512 twice without cutting it. The purpose's number is unpublished as well; 1370 is in no
//! list that was seen.

use super::Message;
use crate::taler::payto::{Payto, first_half};

/// How the customer's URI stands in the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BulkLayout {
    /// `full64`.
    #[default]
    Full64,
    /// `full64-nonul`.
    Full64NoNul,
    /// `full32`.
    Full32,
    /// `normalized32`.
    Normalized32,
}

impl BulkLayout {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Full64, Self::Full64NoNul, Self::Full32, Self::Normalized32];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full64 => "full64",
            Self::Full64NoNul => "full64-nonul",
            Self::Full32 => "full32",
            Self::Normalized32 => "normalized32",
        }
    }

    /// By its name in the configuration.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }
}

/// Layout and purpose, as configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkBinding {
    /// How the URI stands in the message.
    pub layout: BulkLayout,
    /// The purpose's number.
    pub purpose: u32,
}

impl Default for BulkBinding {
    fn default() -> Self {
        Self { layout: BulkLayout::default(), purpose: Self::PURPOSE }
    }
}

impl BulkBinding {
    /// The purpose unless configured otherwise.
    pub const PURPOSE: u32 = 1370;

    /// Binds the document with this SHA-512 to a customer.
    pub fn message(&self, h_body: &[u8; 64], payto: &Payto) -> Message {
        let new = |h_payto: &[u8]| Message::new(self.purpose, &[h_body, h_payto]);
        match self.layout {
            BulkLayout::Full64 => new(&payto.full_hash()),
            BulkLayout::Full64NoNul => new(&payto.full_hash_without_nul()),
            BulkLayout::Full32 => new(&first_half(&payto.full_hash())),
            BulkLayout::Normalized32 => new(&payto.normalized_hash()),
        }
    }
}
