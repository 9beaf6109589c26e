//! `/Agent/Crypto/…`

pub mod algorithms;
pub mod create_key;
pub mod public_key;

use crate::neuro::key::Algorithm;
use crate::neuro::wire::{Item, Reply};

/// What an algorithm is told by.
fn described(algorithm: Algorithm) -> Item {
    Item::Record(
        Reply::new("Algorithm")
            .text("localName", algorithm.local_name())
            .text("namespace", crate::neuro::key::NAMESPACE)
            .whole("securityStrength", algorithm.security_strength().into())
            .flag("safe", algorithm.is_safe())
            .flag("slow", algorithm.is_slow())
            .flag("pqc", algorithm.is_post_quantum())
            .whole("score", algorithm.score().into()),
    )
}
