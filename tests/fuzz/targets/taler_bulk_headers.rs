//! Headers of kyc-bulk: no values panic, and what is taken reads back.

#![no_main]

#[path = "../checks/taler.rs"]
#[expect(dead_code, reason = "a target needs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = checks::bulk_headers(bytes);
});
