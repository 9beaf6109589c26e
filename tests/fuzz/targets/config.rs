//! Configuration files: no text panics, and a refusal says why.

#![no_main]

use kycd::config::{Config, Sources};
use libfuzzer_sys::fuzz_target;

fn check(text: &str) {
    let file = Some(("kycd.toml".to_owned(), text.to_owned()));
    match Config::load(Sources { file, ..Sources::default() }) {
        Ok(config) => assert!(!config.redacted().is_empty()),
        Err(errors) => assert!(!errors.to_string().is_empty()),
    }
}

fuzz_target!(|text: &str| check(text));
