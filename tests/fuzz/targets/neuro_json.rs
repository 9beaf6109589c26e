//! JSON of the Agent API: no bytes panic, and another reader and XML say the same.

#![no_main]

#[path = "../checks/neuro.rs"]
#[expect(dead_code, reason = "a target needs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = checks::json(bytes);
});
