//! The algorithms that keys may have: those that we can sign with, and no others.

use serde::{Deserialize, Serialize};

/// Namespace of all of them.
pub const NAMESPACE: &str = "urn:nf:iot:e2e:1.0";

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// Pure Ed25519 of RFC 8032.
    Ed25519,
    /// Pure Ed448 of RFC 8032, with an empty context.
    Ed448,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ed25519, Self::Ed448];

    /// By local name and namespace.
    pub fn named(local_name: &str, namespace: &str) -> Option<Self> {
        let is_named = |one: &Self| one.local_name() == local_name && namespace == NAMESPACE;
        Self::ALL.into_iter().find(is_named)
    }

    /// Name of the element that holds a key of this kind.
    pub fn local_name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Ed448 => "ed448",
        }
    }

    /// Bits.
    pub fn security_strength(self) -> u32 {
        match self {
            Self::Ed25519 => 128,
            Self::Ed448 => 224,
        }
    }

    /// Whether its curve has no known weaknesses of design.
    pub fn is_safe(self) -> bool {
        match self {
            Self::Ed25519 | Self::Ed448 => true,
        }
    }

    /// Whether it is slow, compared with others.
    pub fn is_slow(self) -> bool {
        match self {
            Self::Ed25519 | Self::Ed448 => false,
        }
    }

    /// Whether a quantum computer would not break it.
    pub fn is_post_quantum(self) -> bool {
        match self {
            Self::Ed25519 | Self::Ed448 => false,
        }
    }

    /// How much it is recommended: a point each for needing no ciphertext to agree on a key, for
    /// signing, for being safe and for being fast, two for withstanding quantum computers.
    pub fn score(self) -> u32 {
        let [safe, fast, post_quantum] =
            [self.is_safe(), !self.is_slow(), self.is_post_quantum()].map(u32::from);
        2 + safe + fast + 2 * post_quantum
    }

    /// Bytes of a private seed.
    pub(super) fn seed_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::Ed448 => 57,
        }
    }
}
