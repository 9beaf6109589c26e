//! The closed word lists of `[corepass]`.

use crate::config::value::Word;

/// Where identities are looked up and anchored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// `sandbox`: simulated.
    Sandbox,
    /// `rpc`: a Core Blockchain node. Not supported yet, so no loaded configuration holds it.
    Rpc,
}

impl Word for Chain {
    const WORDS: &'static [(&'static str, Self)] =
        &[("sandbox", Self::Sandbox), ("rpc", Self::Rpc)];
}

/// A Core network; its two hex digits start every Core ID of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// `mainnet`: `cb`.
    Mainnet,
    /// `devin`, the test network: `ab`.
    Devin,
    /// `private`: `ce`.
    Private,
}

impl Network {
    /// First two characters of a Core ID, lower case.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Mainnet => "cb",
            Self::Devin => "ab",
            Self::Private => "ce",
        }
    }
}

impl Word for Network {
    const WORDS: &'static [(&'static str, Self)] =
        &[("mainnet", Self::Mainnet), ("devin", Self::Devin), ("private", Self::Private)];
}

/// How callbacks are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureScheme {
    /// `ed448`: with the key of a Core ID.
    Ed448,
    /// `secp256k1`.
    Secp256k1,
}

impl SignatureScheme {
    /// As written in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ed448 => "ed448",
            Self::Secp256k1 => "secp256k1",
        }
    }
}

impl Word for SignatureScheme {
    const WORDS: &'static [(&'static str, Self)] =
        &[("ed448", Self::Ed448), ("secp256k1", Self::Secp256k1)];
}

/// Which bytes of a data callback are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackEncoding {
    /// `doc-go`: the documented structure as Go's `encoding/json` writes it.
    DocGo,
    /// `wire`: the bytes that are sent.
    Wire,
}

impl Word for CallbackEncoding {
    const WORDS: &'static [(&'static str, Self)] = &[("doc-go", Self::DocGo), ("wire", Self::Wire)];
}

/// How a data callback travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    /// `multipart`: `multipart/form-data`.
    Multipart,
    /// `json`: `application/json`.
    Json,
}

impl Word for ContentType {
    const WORDS: &'static [(&'static str, Self)] =
        &[("multipart", Self::Multipart), ("json", Self::Json)];
}

/// Unit of the callback intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalUnit {
    /// `second`.
    Second,
    /// `minute`.
    Minute,
    /// `hour`.
    Hour,
    /// `day`, of 24 hours.
    Day,
}

impl IntervalUnit {
    /// Its length in ms.
    pub fn millis(self) -> i64 {
        match self {
            Self::Second => 1000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }
}

impl Word for IntervalUnit {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("second", Self::Second),
        ("minute", Self::Minute),
        ("hour", Self::Hour),
        ("day", Self::Day),
    ];
}
