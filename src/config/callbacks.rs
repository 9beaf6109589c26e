//! `[callbacks]`: requests this server sends to addresses that others gave it, of all protocols.

use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use super::key::{Fallback, Key};
use super::reader::Reader;
use super::value::{List, Positive, Raw, Setting, Wrong, quoted};

const ALLOW_ADDRESSES: Key = Key::new(
    "callbacks.allow_addresses",
    Fallback::Words("sandbox: `[\"127.0.0.0/8\", \"::1/128\", \"localhost\"]`; otherwise `[]`"),
    "networks (CIDR), addresses or host names exempt from the address filter, on any port; at most 256",
);
const ALLOW_HTTP: Key = Key::new(
    "callbacks.allow_http",
    Fallback::Words("sandbox: true; otherwise false"),
    "whether callbacks may go over plain http",
);
const CA_FILE: Key = Key::new(
    "callbacks.ca_file",
    Fallback::Words("unset"),
    "PEM file with certificate authorities trusted in addition",
);
const TIMEOUT_MS: Key = Key::new(
    "callbacks.timeout_ms",
    Fallback::Toml("10000"),
    "milliseconds that one whole attempt may take",
);

pub(super) const KEYS: &[&Key] = &[&ALLOW_ADDRESSES, &ALLOW_HTTP, &CA_FILE, &TIMEOUT_MS];

/// What is exempt from the address filter in the sandbox.
const LOOPBACK: [&str; 3] = ["127.0.0.0/8", "::1/128", "localhost"];

/// Outgoing requests.
#[derive(Debug, Clone)]
pub struct Callbacks {
    /// Each a network (`10.0.0.0/8`), an address (`::1`) or a lower-case host name, exempt from the address filter on
    /// any port. Default in the sandbox loopback, otherwise none. `KYCD_CALLBACKS__ALLOW_ADDRESSES`.
    pub allow_addresses: Vec<String>,
    /// Whether plain http is allowed. Default: whether in the sandbox. `KYCD_CALLBACKS__ALLOW_HTTP`.
    pub allow_http: bool,
    /// PEM file with certificate authorities trusted in addition. Default none. `KYCD_CALLBACKS__CA_FILE`.
    pub ca_file: Option<PathBuf>,
    /// How long one whole attempt may take, in ms, 1 to 2³²−1. Default 10000. `KYCD_CALLBACKS__TIMEOUT_MS`.
    pub timeout_ms: u64,
}

impl Callbacks {
    pub(super) fn read(reader: &mut Reader, sandbox: bool) -> Self {
        let exempt: &[&str] = if sandbox { &LOOPBACK } else { &[] };
        let exempt = exempt.iter().map(|address| Exempt((*address).to_owned())).collect();
        let allowed = reader.setting_or(&ALLOW_ADDRESSES, List::<Exempt, 0, 256>(exempt));
        Self {
            allow_addresses: allowed.0.into_iter().map(|address| address.0).collect(),
            allow_http: reader.setting_or(&ALLOW_HTTP, sandbox),
            ca_file: reader.optional(&CA_FILE),
            timeout_ms: reader.setting::<Positive>(&TIMEOUT_MS).0.unsigned_abs(),
        }
    }
}

/// A network, an address or a host name.
struct Exempt(String);

impl Setting for Exempt {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let text = raw.text().map(str::trim).map(str::to_ascii_lowercase);
        text.filter(|text| {
            text.parse::<IpNet>().is_ok() || text.parse::<IpAddr>().is_ok() || is_host_name(text)
        })
        .map(Self)
        .ok_or_else(|| raw.wrong("a network, an address or a host name without port"))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// Labels of letters, digits, `-` and `_`; the last one not a number, so that a mistyped address is no name.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let fits =
            (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
        fits && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.split('.').all(is_label)
        && !last.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigErrors, Sources};

    fn load(file: &str) -> Result<Callbacks, ConfigErrors> {
        Config::load(Sources::of(file, &[], &[])).map(|config| config.callbacks)
    }

    #[test]
    fn sandbox_reaches_loopback_over_http_and_production_does_not() {
        let sandbox = load("").expect("valid");
        assert_eq!(sandbox.allow_addresses, LOOPBACK);
        assert!(sandbox.allow_http);
        assert_eq!(sandbox.timeout_ms, 10_000);
        let production =
            load("sandbox.enabled = false\ndata.master_key_file = \"k\"").expect("valid");
        assert!(production.allow_addresses.is_empty() && !production.allow_http);
    }

    #[test]
    fn given_values_replace_the_sandbox_defaults() {
        let callbacks =
            load("[callbacks]\nallow_addresses = []\nallow_http = false").expect("valid");
        assert!(callbacks.allow_addresses.is_empty() && !callbacks.allow_http);
    }

    #[test]
    fn networks_addresses_and_names_are_told_from_mistakes() {
        let env =
            [("KYCD_CALLBACKS__ALLOW_ADDRESSES", "10.0.0.0/8, ::1,Hooks.Example.org,my_host")];
        let callbacks = Config::load(Sources::of("", &env, &[])).expect("valid").callbacks;
        assert_eq!(
            callbacks.allow_addresses,
            ["10.0.0.0/8", "::1", "hooks.example.org", "my_host"]
        );
        for wrong in [
            "",
            "10.0.0.0/33",
            "10.0.0.256",
            "host:80",
            "http://host",
            "[::1]",
            "*.org",
            "a..b",
            "-a",
        ] {
            assert!(
                load(&format!("callbacks.allow_addresses = [\"{wrong}\"]")).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn timeout_is_positive() {
        assert!(load("callbacks.timeout_ms = 0").is_err());
        assert!(load("callbacks.timeout_ms = 1.5").is_err());
        assert!(load("callbacks.timeout_ms = \"10\"").is_err());
    }
}
