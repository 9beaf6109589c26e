//! `[server]`: the public listener, where all protocols are served.

use std::net::SocketAddr;

use ipnet::IpNet;
use url::Url;

use super::key::{Fallback, Key};
use super::reader::Reader;
use super::value::{List, Raw, Setting, Wrong, quoted};

pub(super) const LISTEN: Key = Key::new(
    "server.listen",
    Fallback::Toml("\"127.0.0.1:8080\""),
    "address and port of the public listener; port 0 takes a free one",
)
.flag("--listen");
const PUBLIC_URL: Key = Key::new(
    "server.public_url",
    Fallback::Words("`http://` + `server.listen`"),
    "how the outside reaches the public listener: http or https, without query or fragment",
);
const TRUSTED_PROXIES: Key = Key::new(
    "server.trusted_proxies",
    Fallback::Toml("[]"),
    "networks (CIDR) of proxies that add the client's address to `X-Forwarded-For`; at most 64",
);
const ALLOW_UNAUTHENTICATED: Key = Key::new(
    "server.allow_unauthenticated",
    Fallback::Toml("false"),
    "serve CorePass beyond loopback without `corepass.api_key`",
);

pub(super) const KEYS: &[&Key] = &[&LISTEN, &PUBLIC_URL, &TRUSTED_PROXIES, &ALLOW_UNAUTHENTICATED];

/// The public listener.
#[derive(Debug, Clone)]
pub struct Server {
    /// Address and port; port 0 takes a free one. Default `127.0.0.1:8080`. `KYCD_SERVER__LISTEN`, `--listen`.
    pub listen: SocketAddr,
    /// How the outside reaches this listener: http or https, no trailing slash, query or fragment. Default: see
    /// [`Server::public_url_at`]. `KYCD_SERVER__PUBLIC_URL`.
    pub public_url: Option<String>,
    /// Proxies whose `Forwarded` headers are believed. Default none. `KYCD_SERVER__TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether `CorePass` may be served beyond loopback without an API key. Default false.
    /// `KYCD_SERVER__ALLOW_UNAUTHENTICATED`.
    pub allow_unauthenticated: bool,
}

impl Server {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let listen = reader.setting(&LISTEN);
        let public_url = reader.optional::<HttpUrl>(&PUBLIC_URL).map(|url| url.0);
        reader.note_default(&PUBLIC_URL, quoted(&format!("http://{listen}")));
        let trusted_proxies = reader.setting::<List<IpNet, 0, 64>>(&TRUSTED_PROXIES).0;
        let allow_unauthenticated = reader.setting(&ALLOW_UNAUTHENTICATED);
        Self { listen, public_url, trusted_proxies, allow_unauthenticated }
    }

    /// The public URL, once the real address is known (port 0 has become a port): the configured one, else
    /// `http://` + address. No trailing slash.
    pub fn public_url_at(&self, listening: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{listening}"))
    }
}

/// Whether only this machine can reach the address.
pub(super) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// An http or https URL to which paths can be appended.
pub(super) struct HttpUrl(pub String);

impl Setting for HttpUrl {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let wrong = || raw.wrong("an http or https URL without user, query or fragment");
        let url: Url = raw.parse().ok_or_else(wrong)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong().hide());
        }
        if !matches!(url.scheme(), "http" | "https")
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(wrong());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigErrors, Sources};

    fn load(file: &str) -> Result<Config, ConfigErrors> {
        Config::load(Sources::of(file, &[], &[]))
    }

    #[test]
    fn public_url_loses_its_trailing_slash() {
        for (given, kept) in [
            ("https://Kyc.example.org/", "https://kyc.example.org"),
            ("http://localhost:9000", "http://localhost:9000"),
            ("https://example.org/kyc//", "https://example.org/kyc"),
        ] {
            let server = load(&format!("server.public_url = \"{given}\"")).expect("valid").server;
            assert_eq!(server.public_url.as_deref(), Some(kept));
        }
    }

    #[test]
    fn public_url_is_plain_http_without_query_or_fragment() {
        for given in [
            "ftp://a",
            "https://a?",
            "https://a/#x",
            "https://me@a",
            "a.example.org",
            "",
            "https://",
        ] {
            let errors =
                load(&format!("server.public_url = \"{given}\"")).expect_err(given).to_string();
            assert!(
                errors.starts_with("kycd.toml:1: server.public_url: expected an http or https URL"),
                "{errors}"
            );
        }
    }

    #[test]
    fn public_url_defaults_to_the_address_really_listened_on() {
        let server = load("server.listen = \"127.0.0.1:0\"").expect("valid").server;
        assert_eq!(server.public_url_at(([127, 0, 0, 1], 4711).into()), "http://127.0.0.1:4711");
    }

    #[test]
    fn trusted_proxies_are_networks() {
        let server =
            load("server.trusted_proxies = [\"10.1.2.3/8\", \"::1\"]").expect("valid").server;
        let shown: Vec<String> = server.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "::1/128"]);
        let errors = load("server.trusted_proxies = [\"10.0.0.0/8\", \"proxy\"]")
            .expect_err("a name")
            .to_string();
        let expected = "kycd.toml:1: server.trusted_proxies: expected a network such as 10.0.0.0/8 in entry 2, found \"proxy\"";
        assert_eq!(errors, expected);
    }
}
