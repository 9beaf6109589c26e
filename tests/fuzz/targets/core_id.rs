//! Core IDs: no text panics, and what is taken is its own canonical form.

#![no_main]

use kycd::corepass::core_id::{CoreId, Network};
use libfuzzer_sys::fuzz_target;

fn check(text: &str) {
    for network in [Network::Mainnet, Network::Devin, Network::Private] {
        let Ok(id) = CoreId::parse(text, network) else { continue };
        assert_eq!(CoreId::parse(id.as_str(), network), Ok(id.clone()));
        assert!(text.to_ascii_lowercase().ends_with(id.as_str()));
        let _ = id.raw();
    }
}

fuzz_target!(|text: &str| check(text));
