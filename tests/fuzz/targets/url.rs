//! Callback URLs: no text panics, and what was judged is judged the same once more.

#![no_main]

use kycd::callbacks::egress::{Policy, Target};
use libfuzzer_sys::fuzz_target;

fn check(text: &str) {
    let policy = Policy::default();
    let Ok(target) = Target::parse(text, &policy, true) else { return };
    assert!(target.is_https());
    assert_eq!(Target::parse(target.as_str(), &policy, true), Ok(target));
}

fuzz_target!(|text: &str| check(text));
