//! The signature of SEP-12 callbacks: `t=<unix seconds>, s=<base64>` over `<t>.<host>.<body>`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::stellar::signing_key::SigningKey;

/// The value of `Signature`, and of `X-Stellar-Signature` as it was called before.
pub fn signature(key: &SigningKey, host: &str, now_s: i64, body: &[u8]) -> String {
    let message = [format!("{now_s}.{host}.").as_bytes(), body].concat();
    format!("t={now_s}, s={}", STANDARD.encode(key.sign(&message)))
}

/// The host that is signed: with its port if the URL has one, as written there.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn signatures_of_the_vectors_come_out_to_the_letter() {
        let text = include_str!("../../../fixtures/stellar/vectors.json");
        let all: Value = serde_json::from_str(text).expect("JSON");
        let secret = all["keys"]["server"]["secret"].as_str().expect("text");
        let key = SigningKey::from_seed(secret).expect("a seed");
        let vector = &all["callback_signature"];
        let body = vector["body"].as_str().expect("text").as_bytes();
        for host in ["wallet.example.com", "wallet.example.com:8443"] {
            let url = format!("https://{host}/kyc?user=1");
            let header = signature(&key, host_of(&url), 1_700_000_000, body);
            assert_eq!(vector[format!("host {host}")], header, "{host}");
        }
    }

    #[test]
    fn the_host_is_what_the_url_says_port_and_all() {
        for (url, host) in [
            ("https://www.vibrantapp.com/kycstatus", "www.vibrantapp.com"),
            ("https://wallet.example:443", "wallet.example:443"),
            ("https://wallet.example?x=a/b", "wallet.example"),
            ("http://[::1]:9000/", "[::1]:9000"),
            ("localhost:9000/kyc", "localhost:9000"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }
}
