//! Values of SEP-9: `checks/sep9.rs`.

#![no_main]

#[path = "../checks/sep9.rs"]
mod sep9;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    sep9::check(bytes);
});
