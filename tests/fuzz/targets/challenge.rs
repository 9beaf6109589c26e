//! SEP-10 challenges that come back: `checks/challenge.rs`.

#![no_main]

#[path = "../checks/challenge.rs"]
mod challenge;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    challenge::check(bytes);
});
