//! A wallet's domain and the key it signs with: `SIGNING_KEY` of
//! `https://{client_domain}/.well-known/stellar.toml`.
//!
//! Anybody may name any domain, so this goes through the guarded door like a callback does: no
//! private addresses, no redirects, a cap, a deadline.

use hyper::StatusCode;
use toml_edit::DocumentMut;
use url::{Host, Url};

use super::challenge::NAME_BYTES_MAX;
use super::{Room, Unavailable};
use crate::callbacks::egress::{BuildError, Client, Policy, Request, Target};
use crate::config::limits;
use crate::stellar::account::AccountKey;

/// Looks client domains up. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientDomains {
    client: Client,
    room: Room,
}

/// Why there is no key for a domain. Repeats nothing the client sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientDomainRefused {
    /// Not a host, with a port where it is not the scheme's own.
    #[error("client_domain is not a host name")]
    Invalid,
    /// Not reachable, not allowed, not 200, or too long.
    #[error("client_domain's stellar.toml cannot be had")]
    Unobtainable,
    /// Not TOML.
    #[error("client_domain's stellar.toml cannot be read")]
    Unreadable,
    /// No key in it.
    #[error("client_domain's stellar.toml has no SIGNING_KEY")]
    NoKey,
    /// Our own fault.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl ClientDomains {
    /// Under `policy`.
    pub fn new(policy: &Policy, room: Room) -> Result<Self, BuildError> {
        let policy =
            Policy { response_bytes_max: limits::STELLAR_TOML_BYTES_MAX, ..policy.clone() };
        Ok(Self { client: Client::new(policy)?, room })
    }

    /// The key that `domain` signs with.
    pub async fn signing_key(&self, domain: &str) -> Result<AccountKey, ClientDomainRefused> {
        let scheme = self.scheme(domain).ok_or(ClientDomainRefused::Invalid)?;
        let _place = self.room.take()?;
        let unobtainable = |why: &dyn std::fmt::Display| {
            tracing::info!(%why, "a client domain's stellar.toml cannot be had");
            ClientDomainRefused::Unobtainable
        };
        let url = format!("{scheme}://{domain}/.well-known/stellar.toml");
        let target = Target::parse(&url, self.client.policy(), true)
            .map_err(|refused| unobtainable(&refused))?;
        let response = self
            .client
            .send(&Request::get(target), None)
            .await
            .map_err(|error| unobtainable(&error))?;
        if response.status != StatusCode::OK {
            return Err(unobtainable(&response.status.as_u16()));
        }
        if response.truncated {
            return Err(unobtainable(&"too long"));
        }
        read(&response.body)
    }

    /// `https`; `http` only to this machine, where the policy allows it: a wallet in development.
    /// `None` if the text is anything but a host and a port in their normal spelling.
    fn scheme(&self, domain: &str) -> Option<&'static str> {
        if domain.len() > NAME_BYTES_MAX {
            return None;
        }
        let url = Url::parse(&format!("https://{domain}")).ok()?;
        let host = url.host()?;
        let normal = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let is_here = match host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        let is_plain = is_here && self.client.policy().allow_http;
        (normal == domain).then_some(if is_plain { "http" } else { "https" })
    }
}

/// The key in a domain's file.
pub fn read(body: &[u8]) -> Result<AccountKey, ClientDomainRefused> {
    let text = std::str::from_utf8(body).map_err(|_| ClientDomainRefused::Unreadable)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: DocumentMut = text.parse().map_err(|_| ClientDomainRefused::Unreadable)?;
    let key = file.get("SIGNING_KEY").and_then(|key| key.as_str());
    key.and_then(|key| key.parse().ok()).ok_or(ClientDomainRefused::NoKey)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::stellar::sep10::stub;

    fn here() -> Policy {
        Policy::unguarded(Duration::from_secs(20))
    }

    fn domains(policy: &Policy) -> ClientDomains {
        ClientDomains::new(policy, Room::default()).expect("usable")
    }

    async fn asked(status: &str, body: &str) -> Result<AccountKey, ClientDomainRefused> {
        let (address, seen) = stub::answering(status, body).await;
        let answer = domains(&here()).signing_key(&address.to_string()).await;
        let seen = seen.await.expect("a request");
        assert!(seen.starts_with("GET /.well-known/stellar.toml HTTP/1.1\r\n"), "{seen}");
        answer
    }

    #[tokio::test]
    async fn a_domains_key_is_read_from_its_file() {
        let key = AccountKey([9; 32]);
        let file = format!(
            "\u{feff}VERSION = \"2.0.0\"\nSIGNING_KEY = '{}'\n[DOCUMENTATION]\nORG_NAME=\"W\"\n",
            key.text()
        );
        assert_eq!(asked("200 OK", &file).await, Ok(key));
    }

    #[tokio::test]
    async fn a_file_without_a_key_gives_none() {
        for (file, refused) in [
            ("", ClientDomainRefused::NoKey),
            ("SIGNING_KEY = 5", ClientDomainRefused::NoKey),
            ("SIGNING_KEY = \"G\"", ClientDomainRefused::NoKey),
            ("[A]\nSIGNING_KEY = \"G\"", ClientDomainRefused::NoKey),
            ("SIGNING_KEY = ", ClientDomainRefused::Unreadable),
            ("<html>", ClientDomainRefused::Unreadable),
            (&"[".repeat(50_000), ClientDomainRefused::Unreadable),
            (&format!("a = {}", "[".repeat(90_000)), ClientDomainRefused::Unreadable),
        ] {
            assert_eq!(asked("200 OK", file).await, Err(refused));
        }
    }

    #[tokio::test]
    async fn other_answers_give_no_key() {
        let file = format!("SIGNING_KEY = \"{}\"\n", AccountKey([9; 32]).text());
        for status in ["404 Not Found", "302 Found", "500 Internal Server Error"] {
            assert_eq!(asked(status, &file).await, Err(ClientDomainRefused::Unobtainable));
        }
        let fitting =
            format!("{file}#{}", "x".repeat(limits::STELLAR_TOML_BYTES_MAX - file.len() - 1));
        assert!(asked("200 OK", &fitting).await.is_ok());
        let refused = asked("200 OK", &format!("{fitting}x")).await;
        assert_eq!(refused, Err(ClientDomainRefused::Unobtainable));
    }

    #[tokio::test]
    async fn addresses_of_our_own_are_not_asked() {
        let guarded = domains(&Policy::default());
        for domain in
            ["127.0.0.1:8080", "10.0.0.1", "169.254.169.254", "[::1]", "wallet.example:25", "a..b"]
        {
            let refused = guarded.signing_key(domain).await;
            assert_eq!(refused, Err(ClientDomainRefused::Unobtainable), "{domain}");
        }
    }

    #[tokio::test]
    async fn anything_but_a_host_is_refused() {
        let here = domains(&here());
        for domain in [
            "",
            "https://wallet.example",
            "wallet.example/",
            "wallet.example/x",
            "wallet.example?x",
            "wallet.example#x",
            "me@wallet.example",
            "wallet.example:443",
            "wallet.example:99999",
            "wallet.example:",
            "Wallet.example",
            "wallet.example\\x",
            "wallet .example",
            "wallet.example\n",
            "0x7f.1",
            "127.1",
            &"a".repeat(65),
        ] {
            assert_eq!(
                here.signing_key(domain).await,
                Err(ClientDomainRefused::Invalid),
                "{domain}"
            );
        }
    }

    #[test]
    fn plain_http_is_only_for_this_machine_in_development() {
        let (here, guarded) = (domains(&here()), domains(&Policy::default()));
        assert_eq!(here.scheme("localhost:8000"), Some("http"));
        assert_eq!(here.scheme("[::1]"), Some("http"));
        assert_eq!(here.scheme("wallet.example"), Some("https"));
        assert_eq!(here.scheme("10.0.0.1"), Some("https"));
        assert_eq!(guarded.scheme("localhost:8000"), Some("https"));
    }
}
