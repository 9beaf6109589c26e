//! A wallet that somebody else wrote finds its way.

use std::process::Command;

use crate::harness::{Server, root};

#[test]
fn the_python_sdk_signs_in_and_registers_customers() {
    let there = Command::new("python3").args(["-c", "import stellar_sdk"]).output();
    if !there.is_ok_and(|out| out.status.success()) {
        let is_needed = std::env::var_os("KYCD_REQUIRE_CLIENTS").is_some();
        assert!(!is_needed, "python3 with stellar-sdk is not installed");
        println!("python3 with stellar-sdk is not installed: skipped");
        return;
    }
    // The SDK looks at the machine's clock.
    let server = Server::start("[sandbox]\nvirtual_clock = false\n");
    let out = Command::new("python3")
        .arg(root().join("tests/clients/stellar_wallet.py"))
        .arg(format!("http://{}", server.public))
        .output()
        .expect("python runs");
    let said = [out.stdout, out.stderr].concat();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&said));
}
