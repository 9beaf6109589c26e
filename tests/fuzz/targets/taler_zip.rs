//! ZIP archives: no bytes panic, chunks make no difference, and what is taken keeps its bounds.

#![no_main]

#[path = "../checks/taler.rs"]
#[expect(dead_code, reason = "a target needs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = checks::zip(bytes);
});
