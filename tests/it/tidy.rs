//! House rules that a machine can hold.

use std::path::{Path, PathBuf};

use crate::harness::root;

fn sources(below: &str) -> Vec<PathBuf> {
    let mut left = vec![root().join(below)];
    let mut found = Vec::new();
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a text")
}

#[test]
fn every_module_says_what_lives_in_it() {
    for path in ["src", "events/src", "projections/src"].iter().flat_map(|dir| sources(dir)) {
        assert!(text(&path).starts_with("//!"), "{}", path.display());
    }
}

#[test]
fn nothing_is_left_unfinished() {
    for path in ["src", "events/src", "projections/src"].iter().flat_map(|dir| sources(dir)) {
        for word in ["todo!(", "unimplemented!(", "dbg!("] {
            assert!(!text(&path).contains(word), "{word} in {}", path.display());
        }
    }
}

#[test]
fn facts_and_folds_know_no_actors_and_no_network() {
    for manifest in ["events/Cargo.toml", "projections/Cargo.toml"] {
        let manifest = text(&root().join(manifest));
        for name in ["actix", "hyper", "tokio", "chrono"] {
            assert!(!manifest.contains(name), "{name}");
        }
    }
}

#[test]
fn decisions_know_no_actors_no_clock_and_no_disk() {
    let pure = [
        "src/corepass/transfer",
        "src/corepass/transfer.rs",
        "src/corepass/batch.rs",
        "src/stellar/customer",
        "src/stellar/customer.rs",
        "src/media_type.rs",
        "src/taler/amount.rs",
        "src/taler/bulk_headers.rs",
        "src/taler/crockford.rs",
        "src/taler/h_payto.rs",
        "src/taler/measure_id.rs",
        "src/taler/message",
        "src/taler/message.rs",
        "src/taler/payto",
        "src/taler/payto.rs",
        "src/taler/timestamp.rs",
        "src/taler/zip",
        "src/taler/zip.rs",
    ];
    let files = pure.iter().flat_map(|path| {
        let path = root().join(path);
        if path.is_dir() { sources(path.to_str().expect("text")) } else { vec![path] }
    });
    for path in files {
        for word in ["actix", "tokio", "std::fs", "SystemTime", "crate::clock", "crate::engine"] {
            assert!(!text(&path).contains(word), "{word} in {}", path.display());
        }
    }
}

#[test]
fn addresses_stay_inside_the_engine() {
    for path in sources("src").iter().filter(|path| !path.starts_with(root().join("src/engine"))) {
        let code = text(path);
        assert!(!code.contains("Addr<") && !code.contains("do_send("), "{}", path.display());
    }
}
