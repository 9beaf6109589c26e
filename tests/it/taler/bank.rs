//! A third party: it has a key, and uploads documents about its customers. What it signs is put
//! together by hand here.

use std::io::{Read, Write};
use std::net::TcpStream;

use ed25519_dalek::{Signer as _, SigningKey};
use kycd::taler::crockford::encode;
use serde_json::json;
use sha2::{Digest, Sha512};

use crate::harness::{Answer, PATIENCE, Server, call};

/// The customer of most tests.
pub const PAYTO: &str = "payto://iban/DE75512108001245126199?receiver-name=John%20Doe";
/// The document of most tests.
pub const PDF: &[u8] = b"%PDF-1.4\n%hello\n";

/// See the module.
pub struct Bank(pub SigningKey);

impl Bank {
    /// With the key of the published vectors.
    pub fn new() -> Self {
        let seed = hex::decode("4ea8702a6dd64a7573c994c5226a8bd53869985c8c61fe79b006e8552edf9b48");
        Self(SigningKey::from_bytes(&seed.expect("hex").try_into().expect("32 bytes")))
    }

    /// With another key.
    pub fn other(number: u8) -> Self {
        Self(SigningKey::from_bytes(&[number; 32]))
    }

    /// The operator knows it from here on.
    pub fn admitted(self, server: &Server) -> Self {
        let body = json!({ "name": "Bank A", "public_key": self.key() });
        let answer = server.ask("POST", "/taler/third-parties", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        self
    }

    pub fn key(&self) -> String {
        encode(self.0.verifying_key().as_bytes())
    }

    pub fn path(&self) -> String {
        format!("/kyc-bulk/{}", self.key())
    }

    /// The signature over a document's hash and a customer.
    pub fn sign(&self, h_body: &[u8], payto: &str) -> String {
        let h_payto = Sha512::digest([payto.as_bytes(), &[0]].concat());
        let message =
            [&136_u32.to_be_bytes()[..], &1370_u32.to_be_bytes(), h_body, &h_payto].concat();
        encode(&self.0.sign(&message).to_bytes())
    }

    /// The headers of an upload, by name.
    pub fn headers(&self, body: &[u8], payto: &str, kind: &str) -> Vec<(&'static str, String)> {
        let hash = Sha512::digest(body);
        vec![
            ("Taler-Extern-Signature", self.sign(&hash, payto)),
            ("Taler-Customer-Payto", payto.to_owned()),
            ("If-Not-Match", encode(&hash)),
            ("Content-Type", kind.to_owned()),
            ("Content-Length", body.len().to_string()),
        ]
    }

    pub fn upload(&self, server: &Server, body: &[u8], payto: &str, kind: &str) -> Answer {
        send(server, &self.path(), &self.headers(body, payto, kind), body)
    }
}

/// One upload with exactly these headers.
pub fn send(server: &Server, path: &str, headers: &[(&str, String)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(&server.public).expect("connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n");
    for (name, value) in headers {
        head = format!("{head}{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).expect("writes");
    let _ = stream.write_all(body);
    let answer = read(&mut stream);
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), text: text.to_owned() }
}

/// One answer, whose length is said.
fn read(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return text,
            Ok(bytes) => answer.extend_from_slice(&piece[..bytes]),
        }
    }
}

/// Sealed documents on disk, drafts too.
pub fn stored(server: &Server) -> Vec<std::path::PathBuf> {
    let Ok(folders) = std::fs::read_dir(server.dir.join("vault/documents")) else { return vec![] };
    let files = folders.flatten().filter_map(|dir| std::fs::read_dir(dir.path()).ok()).flatten();
    files.flatten().map(|file| file.path()).collect()
}

/// Row number of a customer.
pub fn number_of(server: &Server, payto: &str) -> u64 {
    let answer = server.ask("POST", "/taler/payment-targets", &json!({ "payto_uri": payto }));
    answer.json()["payment_target_uuid"].as_u64().expect("a number")
}

/// Code and detail of an error.
pub fn error(answer: &Answer) -> (u16, u64, String) {
    let body = answer.json();
    let detail = body["detail"].as_str().unwrap_or_default().to_owned();
    (answer.status, body["code"].as_u64().unwrap_or_default(), detail)
}

/// A request to the public listener.
pub fn get(server: &Server, path: &str) -> Answer {
    call(&server.public, "GET", path, &[], b"")
}
