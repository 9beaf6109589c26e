//! A client that shares no code with the server finds its way, and verifies identities by itself.

use std::process::Command;

use crate::harness::{Server, root};

#[test]
fn a_client_written_from_the_documentation_goes_every_way_in_json_and_xml() {
    let there = Command::new("python3").args(["-c", "import cryptography"]).output();
    if !there.is_ok_and(|out| out.status.success()) {
        let is_needed = std::env::var_os("KYCD_REQUIRE_CLIENTS").is_some();
        assert!(!is_needed, "python3 with cryptography is not installed");
        println!("python3 with cryptography is not installed: skipped");
        return;
    }
    let server = Server::start("");
    let out = Command::new("python3")
        .arg(root().join("tests/clients/neuro_agent.py"))
        .args([format!("http://{}", server.public), format!("http://{}", server.operator)])
        .arg(&server.token)
        .output()
        .expect("python runs");
    let said = [out.stdout, out.stderr].concat();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&said));
}
