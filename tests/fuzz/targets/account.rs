//! Whom a request means: `checks/account.rs`.

#![no_main]

#[path = "../checks/account.rs"]
mod account;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    account::check(bytes);
});
