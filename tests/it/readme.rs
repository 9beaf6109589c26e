//! The README's curl lines, run against a server.

use std::process::Command;

use crate::harness::{Server, now_s, root};

#[test]
fn the_readmes_curl_lines_answer_what_it_says() {
    for (tool, version) in [("curl", "--version"), ("openssl", "version")] {
        if Command::new(tool).arg(version).output().is_err() {
            assert!(std::env::var_os("KYCD_REQUIRE_CLIENTS").is_none(), "{tool} is not installed");
            println!("{tool} is not installed: skipped");
            return;
        }
    }
    let server = Server::start("");
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    let mut pairs = 0;
    let mut rest = readme.as_str();
    while let Some((_, after)) = rest.split_once("```sh test\n") {
        let (script, after) = after.split_once("```").expect("an end");
        let (_, after) = after.split_once("```text expect\n").expect("an expectation");
        let (expected, after) = after.split_once("```").expect("an end");
        rest = after;
        pairs += 1;
        let script = script
            .replace("http://127.0.0.1:8080", &format!("http://{}", server.public))
            .replace("http://127.0.0.1:8081", &format!("http://{}", server.operator))
            .replace("curl ", "curl -s -w '\\nHTTP %{http_code}' ");
        let out = Command::new("sh")
            .args(["-c", &script])
            .env("TOKEN", &server.token)
            .env("EXPIRATION", (now_s() + 600).to_string())
            .output()
            .expect("sh runs");
        let answer = String::from_utf8_lossy(&out.stdout);
        for line in expected.lines().filter(|line| !line.is_empty()) {
            assert!(answer.contains(line), "{line:?} is not in {answer:?} of {script}");
        }
    }
    assert!(pairs >= 8, "only {pairs} examples");
}
