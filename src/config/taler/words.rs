//! The closed word lists of `[taler]`.

use crate::config::value::Word;
use crate::taler::message::BulkLayout;

/// Whether accounts have to be legitimized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KycMode {
    /// `none`: all accounts are good.
    None,
    /// `oauth2`: their holders prove who they are at an OAuth 2.0 provider.
    OAuth2,
}

impl Word for KycMode {
    const WORDS: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("oauth2", Self::OAuth2)];
}

/// What becomes of a document that a third party uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkReview {
    /// `none`: it is kept.
    None,
    /// `manual`: an operator looks at it; to accept it legitimizes the account.
    Manual,
}

impl Word for BulkReview {
    const WORDS: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("manual", Self::Manual)];
}

impl Word for BulkLayout {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("full64", Self::Full64),
        ("full64-nonul", Self::Full64NoNul),
        ("full32", Self::Full32),
        ("normalized32", Self::Normalized32),
    ];
}
