//! payto URIs: no text panics, and a normal form is its own normal form.

#![no_main]

#[path = "../checks/taler.rs"]
#[expect(dead_code, reason = "a target needs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = checks::payto(bytes);
});
