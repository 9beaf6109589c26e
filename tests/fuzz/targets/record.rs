//! Frames of the log: no bytes panic, and what decodes encodes back to the same bytes.

#![no_main]

use kyc_events::codec::{Frame, decode};
use libfuzzer_sys::fuzz_target;

fn check(bytes: &[u8]) {
    let Ok(decoded) = decode(bytes) else { return };
    let mut again = Vec::new();
    match decoded.frame {
        Frame::Record(record) => record.encode(&mut again).expect("it was decoded"),
        Frame::Commit(commit) => commit.encode(&mut again),
    };
    assert_eq!(again, bytes[..decoded.bytes]);
}

fuzz_target!(|bytes: &[u8]| check(bytes));
