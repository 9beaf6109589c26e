//! The file of a client's domain: `checks/stellar_toml.rs`.

#![no_main]

#[path = "../checks/stellar_toml.rs"]
mod stellar_toml;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    stellar_toml::check(bytes);
});
