//! Tokens: `checks/jwt.rs`.

#![no_main]

#[path = "../checks/jwt.rs"]
mod jwt;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    jwt::check(bytes);
});
