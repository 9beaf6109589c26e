//! Transactions as the chain reads them: no bytes panic, and a call is no longer than its bytes.

#![no_main]

use kycd::corepass::chain::transaction::{Call, read};
use libfuzzer_sys::fuzz_target;

fn check(bytes: &[u8]) {
    let words = match read(bytes) {
        None => return,
        Some((_, Call::Confirm(numbers))) => numbers.len(),
        Some((_, Call::Initiate(requests))) => {
            requests.iter().map(|(_, fields)| 2 + fields.len()).sum()
        }
    };
    assert!(words * 32 < bytes.len());
}

fuzz_target!(|bytes: &[u8]| check(bytes));
