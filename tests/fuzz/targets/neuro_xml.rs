//! XML of the Agent API: no bytes panic, every limit is kept, and what is written reads back.

#![no_main]

#[path = "../checks/neuro.rs"]
#[expect(dead_code, reason = "a target needs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = checks::xml(bytes);
});
