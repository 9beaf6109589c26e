//! Bodies of SEP-12: `checks/body.rs`.

#![no_main]

#[path = "../checks/body.rs"]
mod body;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    body::check(bytes);
});
