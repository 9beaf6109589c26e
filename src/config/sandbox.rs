//! `[sandbox]`: simulated counterparts, for a machine of one's own only.

use std::net::SocketAddr;

use super::error::Problem;
use super::key::{Fallback, Key};
use super::reader::Reader;
use super::{operator, server};

const ENABLED: Key = Key::new(
    "sandbox.enabled",
    Fallback::Words("true when both listeners are loopback, otherwise false"),
    "simulate the counterpart of each protocol that has no real one configured; false simulates none",
);
const VIRTUAL_CLOCK: Key = Key::new(
    "sandbox.virtual_clock",
    Fallback::Toml("false"),
    "time stands still until the operator moves it",
);

pub(super) const KEYS: &[&Key] = &[&ENABLED, &VIRTUAL_CLOCK];

/// Simulated counterparts.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// Whether protocols without a real counterpart get a simulated one. Default: whether both listeners are
    /// loopback; beyond loopback it cannot be true. `KYCD_SANDBOX__ENABLED`.
    pub enabled: bool,
    /// Whether time stands still until the operator moves it. Needs `enabled`. Default false.
    /// `KYCD_SANDBOX__VIRTUAL_CLOCK`.
    pub virtual_clock: bool,
}

impl Sandbox {
    pub(super) fn read(reader: &mut Reader, public: SocketAddr, operator: SocketAddr) -> Self {
        let listeners = [(server::LISTEN.name, public), (operator::LISTEN.name, operator)];
        let beyond = listeners.into_iter().find(|(_, address)| !server::is_loopback(*address));
        let enabled = reader.setting_or(&ENABLED, beyond.is_none());
        if let Some((listener, address)) = beyond.filter(|_| enabled) {
            reader.reject(&ENABLED, Problem::SandboxBeyondLoopback { listener, address });
        }
        let virtual_clock = reader.setting(&VIRTUAL_CLOCK);
        if virtual_clock && !enabled {
            reader.reject(&VIRTUAL_CLOCK, Problem::VirtualClockBeyondSandbox);
        }
        Self { enabled, virtual_clock }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigErrors, Sources};

    fn load(file: &str) -> Result<Config, ConfigErrors> {
        let key = ("KYCD_DATA__MASTER_KEY_FILE", "/etc/kycd.key");
        Config::load(Sources::of(file, &[key], &[]))
    }

    #[test]
    fn beyond_loopback_there_is_no_sandbox() {
        for listener in ["server", "operator"] {
            let config = load(&format!("{listener}.listen = \"0.0.0.0:80\"")).expect("valid");
            assert!(!config.sandbox.enabled && config.corepass.is_none(), "{listener}");
        }
        for address in ["[::1]:80", "127.8.0.1:80", "[::ffff:127.0.0.1]:80"] {
            assert!(
                load(&format!("server.listen = \"{address}\"")).expect("valid").sandbox.enabled,
                "{address}"
            );
        }
    }

    #[test]
    fn asking_for_the_sandbox_beyond_loopback_is_an_error() {
        let errors =
            load("operator.listen = \"[::]:81\"\nsandbox.enabled = true").expect_err("reachable");
        let expected = "kycd.toml:2: sandbox.enabled: the sandbox is for loopback only, but operator.listen is [::]:81";
        assert_eq!(errors.to_string(), expected);
    }

    #[test]
    fn virtual_clock_needs_the_sandbox() {
        assert!(load("sandbox.virtual_clock = true").expect("valid").sandbox.virtual_clock);
        let errors = load("[sandbox]\nenabled = false\nvirtual_clock = true")
            .expect_err("no sandbox")
            .to_string();
        assert!(errors.starts_with("kycd.toml:3: sandbox.virtual_clock: "), "{errors}");
    }
}
